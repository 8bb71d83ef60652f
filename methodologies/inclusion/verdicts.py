"""What became of an event, in a number for columns and in words for people."""

from enum import IntEnum

from carbon.text import Text


class Verdict(IntEnum):
    """Why an event counts, or does not."""

    COUNTED = 0
    PARTLY = 1
    OFF = 2
    SAME_PLACE = 3
    TOO_FAST = 4
    OUT_OF_RANGE = 5
    NOT_PROVED = 6
    PROVED_COUNTS = 7
    OVERLAP = 8
    COOLING = 9
    TRANSFER = 10
    DAY_LIMIT = 11
    TOO_MANY = 12
    EXCLUDED = 13
    NO_SAVING = 14
    CLAIMED = 15

    @property
    def counts(self) -> bool:
        """Whether it is credited, wholly or in part."""
        return self in {Verdict.COUNTED, Verdict.PARTLY}

    @property
    def words(self) -> Text:
        """For the person whose act it is."""
        return _WORDS[self]


_WORDS = {
    Verdict.COUNTED: Text("已计入", "counted"),
    Verdict.PARTLY: Text("部分计入：当日数量已达上限", "counted in part: the day's limit was reached"),
    Verdict.OFF: Text("该行为暂不计算：减排数值尚未确认", "not credited yet: its figure is not confirmed"),
    Verdict.SAME_PLACE: Text("起点与终点相同，不计入", "not counted: it starts and ends at one place"),
    Verdict.TOO_FAST: Text("速度超过该方式的合理范围，不计入", "not counted: faster than this way of moving can be"),
    Verdict.OUT_OF_RANGE: Text("数量超出单次允许范围，不计入", "not counted: the quantity is outside what one act can be"),
    Verdict.NOT_PROVED: Text("该行为须有凭证，自行申报不计入", "not counted: this act needs proof, a declaration is not enough"),
    Verdict.PROVED_COUNTS: Text("同一行为已有凭证记录，自行申报不重复计入", "not counted twice: the same act is counted with proof"),
    Verdict.OVERLAP: Text("与已计入的另一出行时间重叠，不计入", "not counted: it overlaps another trip that counts"),
    Verdict.COOLING: Text("与上一次间隔过短，不计入", "not counted: too soon after the last one"),
    Verdict.TRANSFER: Text("换乘视为同一次出行，不重复计入", "part of the same ride: changing vehicles counts once"),
    Verdict.DAY_LIMIT: Text("当日已达上限，不再计入", "not counted: the day's limit was reached"),
    Verdict.TOO_MANY: Text("当日记录过多，超出部分不计入", "not counted: more records in a day than a person makes"),
    Verdict.EXCLUDED: Text("经审核暂不计入，可以申诉", "held out by a review; you may appeal"),
    Verdict.NO_SAVING: Text("用电未低于基准，本次没有减排", "no saving: not below the baseline"),
    Verdict.CLAIMED: Text("运营单位自己的减排项目已主张该减排量，不能重复计入", "not counted: the operator claims this reduction in a project of its own"),
}  # fmt: skip
