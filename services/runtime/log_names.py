"""Every name in the log, with what it means and what to do: one table.

``deploy/README.md`` shows it (``make generate``); a test
holds that the code writes these names and no other.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class LogName:
    """One kind of line.

    Attributes:
        name: as it is written.
        zh: what it means.
        en: the same.
        do: what an operator does; empty: nothing.
    """

    name: str
    zh: str
    en: str
    do: str = ""


LOG_NAMES = (
    LogName("notifier.started", "通知服务开始工作", "the notifier reads and delivers"),
    LogName(
        "addresses.changed",
        "通知名单已变更，自此按新名单与新密钥通知",
        "the file of TWINCITY_NOTIFY has changed: from now on it says who is told, and "
        "by which keys",
    ),
    LogName(
        "addresses.unreadable",
        "变更后的通知名单无法使用，沿用原名单",
        "the changed file of TWINCITY_NOTIFY cannot be used; the former one counts on",
        "mend the file as `reason` says",
    ),
    LogName("notifier.stopped", "通知服务按要求停止", "it was told to stop"),
    LogName("notice.delivered", "通知已送达", "a webhook or a mail server took it"),
    LogName(
        "notice.retried",
        "通知未送达，将重试",
        "nobody took it; it is tried again, up to twelve times",
    ),
    LogName(
        "notice.undeliverable",
        "通知无法送达，不再重试",
        "it was given up and kept",
        "mend the address, then `twincity notify again`",
    ),
    LogName(
        "shard.started",
        "分片已接管前任、读回记忆；`starts` 为第几次启动",
        "the shard fenced its predecessor and read its memory back; `starts` counts",
    ),
    LogName(
        "shard.progress",
        "分片近几秒的收入、裁定、发布、退回、死信数，落后秒数",
        "what a shard read, decided, published, refused and made dead letters within "
        "`over_s`, and how many seconds it is behind",
        "`behind_s` grows: the machine or the broker is too slow",
    ),
    LogName(
        "statement.read",
        "收到一条填报（DEBUG，或按需）",
        "a service took a statement in (DEBUG, or on request)",
    ),
    LogName(
        "statement.admitted",
        "填报已受理（DEBUG，或按需）",
        "it was accepted at the gate (DEBUG, or on request)",
    ),
    LogName(
        "statement.applied",
        "填报已计入（DEBUG，或按需）",
        "it was applied to its subject (DEBUG, or on request)",
    ),
    LogName(
        "message.published",
        "由此发布的回执、记录、提示（DEBUG，或按需）",
        "a receipt, record or notice that came of it (DEBUG, or on request)",
    ),
    LogName(
        "entry.kept",
        "台账已写入（DEBUG，或按需）",
        "the ledger wrote it down (DEBUG, or on request)",
    ),
    LogName(
        "statement.refused",
        "填报被退回或重复，原因见 `codes`",
        "a statement was rejected or a duplicate; `codes` say why",
        "nothing: the party has its receipt",
    ),
    LogName(
        "statement.dead_letter",
        "无法处理，其事项的后续填报在死信中等待",
        "it could not be processed; later ones of its subject wait behind it in "
        "`twincity.<service>.deadletters`",
        "look at `reason`; it is a fault of ours",
    ),
    LogName(
        "act.unreadable",
        "运维操作主题中的一条消息无法读取，不予执行",
        "a message of the operations topic is no act that can be read; it is left",
        "look at who writes there",
    ),
    LogName(
        "letters.released",
        "重办后放行的条数",
        "a redrive was taken in; `released` says how many were decided",
    ),
    LogName(
        "letter.discarded",
        "一条死信经人决定作废，由谁、为何",
        "a dead letter was discarded, by whom and why",
    ),
    LogName(
        "discard.proposed",
        "一条死信拟作废，须另一人确认",
        "a dead letter is to be discarded, once a second person confirms it",
        "confirm it on the page or with `twincity deadletters confirm`, or redrive",
    ),
    LogName(
        "discard.not_confirmed",
        "确认作废未生效：由同一人确认，或所确认的并非最近的决定",
        "a confirmation without effect: the same person's, or of another decision",
        "another person confirms the decision that stands",
    ),
    LogName(
        "letter.gone",
        "要重办的消息在原处已不存在或无法读取",
        "a message that was to be redriven is gone from where it was read",
        "discard it, or have its party say it again",
    ),
    LogName(
        "entries.repeated",
        "台账数据库暂不可写，一批重写，`in_a_row` 为连续次数",
        "the ledger's database did not take a batch; it is tried until it does",
        "`reason` names the database: is it up, may it be written, is its disk full",
    ),
    LogName(
        "summary.left_out",
        "清单记录连同证书超出 Kafka 上限，配对照常",
        "a pool's record with its certificate is larger than Kafka takes; its pairs "
        "go on",
        "divide the pool",
    ),
    LogName(
        "record.not_derived",
        "依赖其他事项的记录无法推导，保持原样，下一批再试",
        "a record that rests on other subjects could not be derived: it stays as it "
        "was, and is tried again with the next batch",
        "report it: a fault of ours",
    ),
    LogName(
        "record.unreadable",
        "一条记录损坏：已给回执，字节在死信中",
        "one record is damaged: it has its receipt, its bytes are in the dead letters",
        "tell the party; a checksum: look at the broker's disk",
    ),
    LogName(
        "fetch.failed",
        "一次读取失败，改为逐分区读取",
        "a read failed; each partition is read alone",
        "nothing, unless it repeats",
    ),
    LogName(
        "position.moved",
        "有记录未裁定即被越过，将重读",
        "records were passed over undecided; they are read again",
        "report it: a fault of ours",
    ),
    LogName(
        "batch.cut",
        "一批用时过长，余下的归下一批",
        "a batch took too long; the rest comes in the next",
        "if it repeats: the machine is too slow",
    ),
    LogName(
        "shard.halted",
        "分片停住，其输入等待：记录缺失，或多个主体多数事项因同一原因失败",
        "this shard decides nothing more, its inputs wait: records are missing, or "
        "most subjects of several parties fail alike",
        "`reason` says which. Missing: set what it prints, restart. A bad deployment: "
        "restart with the mended release, or a higher `TWINCITY_DEAD_LETTER_LIMIT`",
    ),
    LogName(
        "gap.accepted",
        "分片或通知服务越过缺失的记录继续",
        "a shard, or the notifier, went on after missing records",
        "take the setting out again",
    ),
    LogName(
        "transaction.aborted",
        "一批回退重来，`in_a_row` 为连续次数",
        "a batch is repeated; `in_a_row` says how often",
        "from 10 on: look at the broker",
    ),
    LogName(
        "process.left",
        "状态 70 退出：被接管、提交结果未知、分片停滞",
        "status 70: fenced, an unknown outcome, or a shard that stands still",
        "the supervisor restarts it; if it repeats, read `reason`",
    ),
    LogName(
        "watch.failed",
        "巡查分片时出错，下次再查",
        "looking after a shard failed; it is looked at again",
        "report it: a fault of ours",
    ),
    LogName(
        "registry.changed",
        "主体登记表已变更并生效，`added` 为新主体",
        "the registry of parties has changed and counts; `added` are new",
    ),
    LogName(
        "registry.unreadable",
        "变更后的登记表无法使用，沿用原表",
        "the changed registry cannot be used; the former one counts on",
        "mend the file of `TWINCITY_PARTIES` as `reason` says",
    ),
    LogName(
        "party.joined",
        "新主体的主题已开始读取",
        "a new party's topics are read from now on",
    ),
    LogName(
        "party.awaited",
        "新主体的主题尚不存在或无权读取，稍后再看",
        "a new party's topics are not there, or not to be read; looked for again",
        "`twincity topics apply`, `twincity access apply`",
    ),
    LogName(
        "focus.changed",
        "按需跟踪的对象已变更",
        "whose way the log tells has changed",
    ),
    LogName(
        "focus.unreadable",
        "跟踪文件或其中一行无法读取",
        "the file of `TWINCITY_LOG_FOCUS`, or a line of it, cannot be read",
        "write `party`, `subject` or `correlation` and a name, one a line",
    ),
    LogName(
        "service.died",
        "`twincity up` 重启一个服务",
        "`twincity up` restarts a service",
        "nothing, unless it repeats",
    ),
    LogName(
        "broker.silent",
        "Kafka 自 `since` 起没有应答，分片等候",
        "no broker has answered since `since`; the shard, or the gateway, waits",
        "look at the brokers and the network between; it goes on by itself. "
        "aiokafka's own sentences come once in ten minutes, all of them at `DEBUG`",
    ),
    LogName(
        "broker.answers",
        "Kafka 恢复应答，中断 `after_s` 秒",
        "one answers again, after `after_s` seconds",
    ),
    LogName(
        "broker.died",
        "`twincity up` 的 Kafka 退出，将重启",
        "the Kafka of `twincity up` died and is restarted, on the same data and port",
        "look at the log that it names; if it does not come back, `up` ends with a "
        "sentence",
    ),
    LogName(
        "broker.restarted",
        "`twincity up` 的 Kafka 已恢复",
        "it is back",
    ),
    LogName(
        "gateway.started",
        "网关已启动：代表哪些主体，是否仅供试用",
        "a gateway listens: for which parties, and whether only for trying",
    ),
    LogName(
        "person.signed_in",
        "有人登录网页；`by` 为姓名或主体",
        "somebody signed in at the pages; `by` is the name, or the party",
    ),
    LogName(
        "person.said",
        "有人以主体名义在网页上填报；`by` 为姓名或主体，`place` 为收件箱中的位置，"
        "表格则为 `statements` 条",
        "somebody said a statement at the pages; `by` is who, `place` where it lies; "
        "of a table, `statements` how many",
    ),
    LogName("person.signed_out", "有人退出登录", "somebody signed out"),
    LogName(
        "person.refused",
        "登录被拒；`by` 为所填姓名，`address` 为来源",
        "an attempt to sign in failed; `by` is the name that was given",
        "many from one `address`: somebody guesses; nginx can shut it out",
    ),
    LogName(
        "gateway.abreast",
        "网关已读到各主题末尾，此后随到随读",
        "a gateway has read the topics to their ends, and follows them from now on",
    ),
    LogName(
        "statement.not_sent",
        "网关未能把填报写入收件箱，已答复 503；无权写入时为 403",
        "a gateway could not write a statement to its inbox, and answered 503, or 403 "
        "where it has no right to",
        "503: look at the broker; the client repeats it. 403: the party is suspended, "
        "or `twincity access check` shows which right is lacking",
    ),
    LogName(
        "page.failed",
        "一个页面未能生成，已答复 500；原因见 `reason`",
        "a page could not be made, and the answer was 500; `reason` says why",
        "it is a fault of ours: report it with `path` and `reason`",
    ),
    LogName(
        "reader.dropped",
        "实时流的读者太慢，已断开；可凭 Last-Event-ID 续读",
        "a reader of the live stream was too slow; it resumes by its Last-Event-ID",
    ),
    LogName(
        "event.unreadable",
        "网关读到无法识别的消息，已略过",
        "a gateway passed over a message that is no event",
        "find who writes to the topic",
    ),
    LogName(
        "request.failed",
        "网关程序错误，已答复 500",
        "a fault of ours: a gateway answered 500",
        "report it, with the line",
    ),
)

FAULTS = frozenset(
    {"position.moved", "record.not_derived", "summary.left_out", "watch.failed"}
)
"""Each of these tells of what was got over, and comes again until a person looks."""
