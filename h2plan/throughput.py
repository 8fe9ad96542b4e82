"""What a station can dispense: opening hours, compressor, cascade buffer, and dispensers for a waiting-time target."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from h2plan.domain import labelled
from h2plan.errors import InputError

MAX_DISPENSERS = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Equipment:
    """The parts of a station that limit it. One pressure each: 35 and 70 MPa are separate equipment."""

    pressure_mpa: int = labelled("加注压力", "pressure", "MPa")
    open_h_per_d: float = labelled("日营业时间", "opening hours", "h/d")
    """A Chinese rating is often kg in 12 h."""
    compressor_kg_per_h: float = labelled("压缩机排量", "compressor", "kg/h")
    buffer_kg: float = labelled("可用缓冲储量", "usable cascade buffer", "kg")
    """What the cascade gives at full speed before the compressor sets the pace."""
    dispensers: int = labelled("加氢枪数", "dispensers")


@dataclass(frozen=True, slots=True, kw_only=True)
class DispenserRow:
    """Dispensers needed at one peak load: a model may choose among these rows."""

    pressure_mpa: int = labelled("加注压力", "pressure", "MPa")
    peak_kg_per_h: float = labelled("高峰小时加注量", "peak hour", "kg/h")
    dispensers: int = labelled("加氢枪数", "dispensers")
    utilisation: float = labelled("忙碌率", "busy share", "0-1")
    waiting_min: float = labelled("平均等待", "mean waiting time", "min")
    target_min: float = labelled("等待目标", "waiting target", "min")


def rated_kg_per_d(equipment: Equipment) -> float:
    """Return what leaves the nozzles on a day: compressor x opening hours, and the buffer filled overnight once.

    Outside opening hours the compressor refills the buffer, which is why the buffer counts once and no more.
    """
    closed_h = 24 - equipment.open_h_per_d
    overnight = min(equipment.buffer_kg, equipment.compressor_kg_per_h * closed_h)
    return equipment.compressor_kg_per_h * equipment.open_h_per_d + overnight


def fills_back_to_back(equipment: Equipment, *, kg_per_fill: float, fill_min: float) -> int:
    """Return how many vehicles fill one after the other at full speed, on one dispenser, before the buffer is empty.

    Each fill takes `kg_per_fill` from the buffer while the compressor gives part of it back.

    Raises:
        InputError: a fill that takes no hydrogen or no time.
    """
    if kg_per_fill <= 0 or fill_min <= 0:
        raise InputError("a fill needs kilograms and minutes above 0", where="throughput")
    drain = kg_per_fill - equipment.compressor_kg_per_h * fill_min / 60
    if drain <= 0:
        return math.floor(equipment.open_h_per_d * 60 / fill_min)
    if equipment.buffer_kg < kg_per_fill:
        return 0
    return 1 + math.floor((equipment.buffer_kg - kg_per_fill) / drain + 1e-9)


def wait_after_buffer_min(equipment: Equipment, *, kg_per_fill: float, fill_min: float) -> float:
    """Return how long the next vehicle waits once the buffer is empty: until the compressor has made up for a fill."""
    return max(0.0, kg_per_fill / equipment.compressor_kg_per_h * 60 - fill_min)


def erlang_b(load_erlang: float, servers: int) -> float:
    """Blocking probability B(n, a) by the recursion B(k) = a B(k-1) / (k + a B(k-1)) (Erlang 1917)."""
    blocked = 1.0
    for k in range(1, servers + 1):
        blocked = load_erlang * blocked / (k + load_erlang * blocked)
    return blocked


def erlang_c(load_erlang: float, servers: int) -> float:
    """Probability that an arrival waits in M/M/n: C = n B / (n - a (1 - B)) (Erlang 1917; Cooper 1981, 3.4).

    Raises:
        InputError: the load is not below the number of servers, so that the queue grows without end.
    """
    if not 0 <= load_erlang < servers:
        raise InputError(f"a load of {load_erlang:g} needs more than {servers} dispensers", where="throughput")
    blocked = erlang_b(load_erlang, servers)
    return servers * blocked / (servers - load_erlang * (1 - blocked))


def waiting_min(load_erlang: float, servers: int, *, fill_min: float) -> float:
    """Mean waiting time of all vehicles, minutes: C x fill_min / (n - a)."""
    return erlang_c(load_erlang, servers) * fill_min / (servers - load_erlang)


def dispensers_needed(peak_kg_per_h: float, *, kg_per_fill: float, fill_min: float, target_min: float) -> int:
    """Return the least number of dispensers that keeps the mean wait in the peak hour within the target.

    Raises:
        InputError: a peak below 0, a target of 0 minutes or less, a load beyond 200 dispensers.
    """
    if peak_kg_per_h < 0 or target_min <= 0 or kg_per_fill <= 0 or fill_min <= 0:
        raise InputError("needs a peak of at least 0 and a fill and a target above 0", where="throughput")
    load = peak_kg_per_h / kg_per_fill * fill_min / 60
    first = math.floor(load) + 1
    for servers in range(first, max(first, MAX_DISPENSERS) + 1):
        if waiting_min(load, servers, fill_min=fill_min) <= target_min:
            return servers
    raise InputError(f"a peak of {peak_kg_per_h:g} kg/h is beyond {MAX_DISPENSERS} dispensers", where="throughput")


def dispenser_table(
    peaks_kg_per_h: Sequence[float], *, pressure_mpa: int, kg_per_fill: float, fill_min: float, target_min: float
) -> tuple[DispenserRow, ...]:
    """Tabulate dispensers by peak load, so that a linear model can choose a row instead of computing a queue."""
    rows = []
    for peak in sorted(peaks_kg_per_h):
        load = peak / kg_per_fill * fill_min / 60
        count = dispensers_needed(peak, kg_per_fill=kg_per_fill, fill_min=fill_min, target_min=target_min)
        rows.append(
            DispenserRow(
                pressure_mpa=pressure_mpa,
                peak_kg_per_h=peak,
                dispensers=count,
                utilisation=load / count,
                waiting_min=waiting_min(load, count, fill_min=fill_min),
                target_min=target_min,
            )
        )
    return tuple(rows)
