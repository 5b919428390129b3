"""Every metric: its name, unit and meaning, and where its value is kept.

What is measured is counted by batch in plain numbers (``flow``) and read when
somebody asks: a record costs nothing more. OpenTelemetry's names of messaging
metrics are still in development and were renamed twice; ours are our own.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from typing_extensions import override

from services.runtime.feed import Feed
from services.runtime.logs import faults

Sizes = Callable[[], tuple[int | None, int | None]]


@dataclass(frozen=True)
class ShardMetric:
    """One metric of every shard.

    Attributes:
        name: as Prometheus has it; a counter's ends in ``_total``.
        unit: of its value.
        zh: what it tells.
        en: the same.
        value: reads it; None: there is none yet.
    """

    name: str
    unit: Literal["records", "messages", "batches", "reads", "subjects", "values",
                  "statements", "lines", "seconds", "seconds since 1970",
                  "0 or 1"]  # fmt: skip
    zh: str
    en: str
    value: Callable[[Feed, tuple[int | None, int | None]], float | None]

    @property
    def is_counter(self) -> bool:
        """Returns whether it only grows."""
        return self.name.endswith("_total")


FIGURES = (
    ShardMetric(
        "twincity_shard_ready", "0 or 1",
        "分片已接管、记忆已读回、未停", "fenced, its memory read back, not halted",
        lambda f, _: float(f.flow.started_at is not None and f.halted is None),
    ),
    ShardMetric(
        "twincity_shard_halted", "0 or 1",
        "分片停住，等运维处理", "it waits for an operator",
        lambda f, _: float(f.halted is not None),
    ),
    ShardMetric(
        "twincity_shard_seconds_behind", "seconds",
        "最早一条未收入记录的时长；已到末尾为 0",
        "age of the oldest record not taken in; 0 at the last stable offset",
        lambda f, _: f.flow.behind_s,
    ),
    ShardMetric(
        "twincity_shard_standing_seconds", "seconds",
        "有待收记录却无进展的时长", "without progress though there is more to read",
        lambda f, _: f.flow.standing_s,
    ),
    ShardMetric(
        "twincity_shard_started_timestamp_seconds", "seconds since 1970",
        "分片本次启动的时间", "when it was started",
        lambda f, _: f.flow.started_at,
    ),
    ShardMetric(
        "twincity_shard_committed_timestamp_seconds", "seconds since 1970",
        "最近一次提交或报平安的时间", "the last commit or sign of life",
        lambda f, _: f.flow.committed_at,
    ),
    ShardMetric(
        "twincity_broker_answered_timestamp_seconds", "seconds since 1970",
        "Kafka 最近一次应答的时间", "when Kafka last answered",
        lambda f, _: f.flow.answered_at,
    ),
    ShardMetric(
        "twincity_records_taken_total", "records",
        "已收入的记录", "taken in", lambda f, _: f.flow.total.taken,
    ),
    ShardMetric(
        "twincity_statements_decided_total", "statements",
        "已裁定的填报", "decided about", lambda f, _: f.flow.total.decided,
    ),
    ShardMetric(
        "twincity_messages_published_total", "messages",
        "已发布的消息（不含死信）", "published, dead letters apart",
        lambda f, _: f.flow.total.published,
    ),
    ShardMetric(
        "twincity_statements_refused_total", "statements",
        "退回或重复的填报", "rejected, or said before",
        lambda f, _: f.flow.total.refused,
    ),
    ShardMetric(
        "twincity_dead_letters_total", "records",
        "死信（未能处理的记录）", "that could not be processed: dead letters",
        lambda f, _: f.flow.total.dead_letters,
    ),
    ShardMetric(
        "twincity_records_unreadable_total", "records",
        "损坏而无法读取的记录", "damaged, and passed over",
        lambda f, _: f.flow.unreadable,
    ),
    ShardMetric(
        "twincity_batches_total", "batches",
        "已提交的批次", "committed", lambda f, _: f.flow.batches,
    ),
    ShardMetric(
        "twincity_batches_aborted_total", "batches",
        "已回退的批次", "taken back; they come again", lambda f, _: f.flow.aborted,
    ),
    ShardMetric(
        "twincity_batches_aborted_in_a_row", "batches",
        "自上次提交以来连续回退的批次", "taken back since the last commit",
        lambda f, _: f.flow.aborted_in_a_row,
    ),
    ShardMetric(
        "twincity_batch_seconds_total", "seconds",
        "已提交批次所用时间合计", "spent in committed batches",
        lambda f, _: f.flow.working_s,
    ),
    ShardMetric(
        "twincity_fetch_failures_total", "reads",
        "读取失败次数", "reads that failed", lambda f, _: f.flow.fetch_failures,
    ),
    ShardMetric(
        "twincity_faults_total", "lines",
        "本进程越过的程序故障，日志写明", "faults of ours that its process got over",
        lambda _, __: faults.count,
    ),
    ShardMetric(
        "twincity_subjects_waiting", "subjects",
        "有填报在死信中等待的事项", "whose statements wait among the dead letters",
        lambda _, sizes: sizes[1],
    ),
    ShardMetric(
        "twincity_values_remembered", "values",
        "分片记忆的条目", "in the shard's memory", lambda _, sizes: sizes[0],
    ),
)  # fmt: skip

RELEASE = "twincity_release_info"
"""1, with the release's version as a label."""

LABELS = ("service", "shard")


@dataclass(eq=False)  # a registry knows its collectors by identity
class Source(Collector):
    """Reads the figures of a process's shards when it is asked."""

    service: str
    version: str
    feeds: Sequence[Feed]
    sizes: Mapping[str, Sizes]

    @override
    def collect(self) -> Iterator[Metric]:
        release = GaugeMetricFamily(
            RELEASE, "运行的版本 which release runs", labels=("service", "version")
        )
        release.add_metric((self.service, self.version), 1)
        yield release
        for figure in FIGURES:
            yield self._family(figure)

    def _family(self, figure: ShardMetric) -> Metric:
        made = CounterMetricFamily if figure.is_counter else GaugeMetricFamily
        text = f"{figure.zh} {figure.en} ({figure.unit})"
        family = made(figure.name, text, labels=LABELS)
        for feed in self.feeds:
            sizes = self.sizes.get(feed.name, _unknown)()
            if (value := figure.value(feed, sizes)) is not None:
                family.add_metric((self.service, feed.name), value)
        return family


def _unknown() -> tuple[None, None]:
    return None, None


def registry_of(source: Source) -> CollectorRegistry:
    """A registry with the shards' figures and those of the process."""
    registry = CollectorRegistry()
    registry.register(source)
    ProcessCollector(registry=registry)
    return registry
