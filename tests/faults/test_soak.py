"""A leak is told from noise, and noise and a warming cache are not called one."""

from random import Random  # noqa: TID251 - fixed seeds: the same noise in every run

import pytest

from loadtest.faults.soak import Trend, trend_of

SECONDS = 180


def samples(seed: int, *, noise: float, leak: float = 0.0, warming: float = 0.0) -> list[float]:
    """MiB once a second: 100, with noise that has a memory, as a real process's has."""
    draw, drift, taken = Random(seed), 0.0, []
    for second in range(SECONDS):
        drift = 0.7 * drift + draw.gauss(0, noise)
        warm = warming * min(second / (SECONDS / 4), 1)
        taken.append(100 + drift + warm + leak * second)
    return taken


def grows(taken: list[float]) -> bool:
    return trend_of(taken).is_above(share=0.05, least=2)


def test_noise_is_not_a_leak() -> None:
    assert [seed for seed in range(300) if grows(samples(seed, noise=1.0))] == []


def test_a_cache_that_fills_at_first_is_not_a_leak() -> None:
    assert not any(grows(samples(seed, noise=0.5, warming=40)) for seed in range(50))


def test_a_leak_is_found_in_noise() -> None:
    found = sum(grows(samples(seed, noise=0.5, leak=0.1)) for seed in range(100))
    assert found >= 99


def test_a_descriptor_lost_now_and_then_is_found() -> None:
    lost = [20.0 + second // 20 for second in range(SECONDS)]
    assert trend_of(lost).is_above(share=0.05, least=2)


def test_one_step_and_a_growth_that_is_nothing_are_no_leak() -> None:
    step = [20.0] * (SECONDS // 2) + [22.0] * (SECONDS // 2)
    assert not trend_of(step).is_above(share=0.05, least=2)
    assert not Trend(mean=100, growth=1.9, sure_growth=1.5).is_above(share=0.01, least=2)


def test_too_few_samples_say_nothing() -> None:
    with pytest.raises(ValueError, match="too few"):
        trend_of([1.0] * 30)
