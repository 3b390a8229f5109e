"""Expectations of our own, where Great Expectations has none; imported only when a suite is built.

Each is vectorised over a pandas frame with Arrow types (see `suites.frame_of`) and says in plain English what
it expects, through the `description` its suite gives it.
"""

from __future__ import annotations

from datetime import date
from typing import Any, ClassVar, Literal

import pandas as pd
from great_expectations.execution_engine.pandas_execution_engine import PandasExecutionEngine
from great_expectations.expectations.expectation import (
    BatchExpectation,
    ColumnMapExpectation,
    ColumnPairMapExpectation,
)
from great_expectations.expectations.metrics.map_metric_provider.column_condition_partial import (
    column_condition_partial,
)
from great_expectations.expectations.metrics.map_metric_provider.column_map_metric_provider import (
    ColumnMapMetricProvider,
)
from great_expectations.expectations.metrics.map_metric_provider.column_pair_condition_partial import (
    column_pair_condition_partial,
)
from great_expectations.expectations.metrics.map_metric_provider.column_pair_map_metric_provider import (
    ColumnPairMapMetricProvider,
)

# What the engine's trim takes off a text, and no more.
SPACE = " \t\n\r\v\f"


def folded(text: pd.Series) -> pd.Series:
    """Return texts without outer space and without regard to case, as a force's words are looked up."""
    return text.str.strip(SPACE).str.lower()


def rows_known(each: pd.Series, rows: pd.Index, known: list[str]) -> pd.Series:
    """Return, for each row, whether all the words exploded from it are known; a row without words is."""
    unknown = each.index[each.notna() & ~each.isin(known)]
    return pd.Series(~rows.isin(unknown), index=rows)


class ListValuesInSet(ColumnMapMetricProvider):
    """Whether every value of a list is one of a set."""

    condition_metric_name = "column_values.list_in_set"
    condition_value_keys = ("value_set",)

    @column_condition_partial(engine=PandasExecutionEngine)
    def _pandas(cls, column: pd.Series, value_set: list[str], **rest: Any) -> pd.Series:
        return rows_known(column.explode(), column.index, value_set)


class ExpectColumnListValuesToBeInSet(ColumnMapExpectation):
    """Expect every value of each list in a column to be one of a set."""

    value_set: list[str]

    map_metric: ClassVar[str] = "column_values.list_in_set"
    success_keys: ClassVar[tuple[str, ...]] = ("value_set", "mostly")
    args_keys: ClassVar[tuple[str, ...]] = ("column", "value_set")


class WordsKnown(ColumnMapMetricProvider):
    """Whether every word of a text is known, without regard to case and outer space."""

    condition_metric_name = "column_values.words_known"
    condition_value_keys = ("words", "separator")

    @column_condition_partial(engine=PandasExecutionEngine)
    def _pandas(cls, column: pd.Series, words: list[str], separator: str | None, **rest: Any) -> pd.Series:
        if separator is None:
            return folded(column).isin(words)
        each = folded(column.str.split(separator, regex=False).explode())
        return rows_known(each, column.index, [*words, ""])


class ExpectColumnWordsToBeKnown(ColumnMapExpectation):
    """Expect each text of a column, or each word of it where a separator is given, to be a known word."""

    words: list[str]
    separator: str | None = None

    map_metric: ClassVar[str] = "column_values.words_known"
    success_keys: ClassVar[tuple[str, ...]] = ("words", "separator", "mostly")
    args_keys: ClassVar[tuple[str, ...]] = ("column", "words", "separator")


class FilledFromSent(ColumnPairMapMetricProvider):
    """Whether a field holds something where something was sent for it, or where nothing was."""

    condition_metric_name = "column_pair_values.filled_from_sent"
    condition_domain_keys = (
        "batch_id",
        "table",
        "column_A",
        "column_B",
        "row_condition",
        "condition_parser",
        "ignore_row_if",
    )
    condition_value_keys = ("blanks", "where")

    @column_pair_condition_partial(engine=PandasExecutionEngine)  # type: ignore[untyped-decorator]
    def _pandas(
        cls, column_A: pd.Series, column_B: pd.Series, blanks: list[str], where: str, **rest: Any
    ) -> pd.Series:
        sent = column_A.notna() & ~folded(column_A).isin(["", *blanks])
        return column_B.notna() | (sent if where == "nothing_sent" else ~sent)


class ExpectColumnToBeFilledFromSent(ColumnPairMapExpectation):
    """Expect column B to be filled where column A, the force's text, holds something, or holds nothing.

    A text that is one of `blanks`, the force's words for missing, holds nothing.
    """

    blanks: list[str]
    where: Literal["something_sent", "nothing_sent"]
    ignore_row_if: Literal["neither"] = "neither"

    map_metric: ClassVar[str] = "column_pair_values.filled_from_sent"
    success_keys: ClassVar[tuple[str, ...]] = ("blanks", "where", "ignore_row_if", "mostly")
    args_keys: ClassVar[tuple[str, ...]] = ("column_A", "column_B", "blanks", "where")


class ListEmpty(ColumnMapMetricProvider):
    """Whether a list holds nothing."""

    condition_metric_name = "column_values.list_empty"

    @column_condition_partial(engine=PandasExecutionEngine)
    def _pandas(cls, column: pd.Series, **rest: Any) -> pd.Series:
        empty: pd.Series = column.list.len() == 0
        return empty


class ExpectColumnListsToBeEmpty(ColumnMapExpectation):
    """Expect each list in a column to hold nothing."""

    map_metric: ClassVar[str] = "column_values.list_empty"
    success_keys: ClassVar[tuple[str, ...]] = ("mostly",)
    args_keys: ClassVar[tuple[str, ...]] = ("column",)


class DayOutside(ColumnMapMetricProvider):
    """Whether a day lies outside the days from a first to a last, both inside."""

    condition_metric_name = "column_values.day_outside"
    condition_value_keys = ("first", "last")

    @column_condition_partial(engine=PandasExecutionEngine)
    def _pandas(cls, column: pd.Series, first: str | None, last: str | None, **rest: Any) -> pd.Series:
        outside = pd.Series(False, index=column.index)
        if first is not None:
            outside = outside | (column < date.fromisoformat(first))
        if last is not None:
            outside = outside | (column > date.fromisoformat(last))
        return outside


class ExpectColumnDaysToBeOutside(ColumnMapExpectation):
    """Expect each day of a column to lie before a first day or after a last, each as 2017-04-01."""

    first: str | None = None
    last: str | None = None

    map_metric: ClassVar[str] = "column_values.day_outside"
    success_keys: ClassVar[tuple[str, ...]] = ("first", "last", "mostly")
    args_keys: ClassVar[tuple[str, ...]] = ("column", "first", "last")


class SoonAfter(ColumnPairMapMetricProvider):
    """Whether one day is not more than so many days after another."""

    condition_metric_name = "column_pair_values.soon_after"
    condition_domain_keys = FilledFromSent.condition_domain_keys
    condition_value_keys = ("days", "since")

    @column_pair_condition_partial(engine=PandasExecutionEngine)  # type: ignore[untyped-decorator]
    def _pandas(
        cls, column_A: pd.Series, column_B: pd.Series, days: int, since: str | None, **rest: Any
    ) -> pd.Series:
        soon = (pd.to_datetime(column_A) - pd.to_datetime(column_B)).dt.days <= days
        return soon if since is None else soon | (column_B < date.fromisoformat(since))


class ExpectColumnToBeSoonAfter(ColumnPairMapExpectation):
    """Expect column A, a day, to be at most so many days after column B; with `since`, where B is not before it."""

    days: int
    since: str | None = None
    ignore_row_if: Literal["either_value_is_missing"] = "either_value_is_missing"

    map_metric: ClassVar[str] = "column_pair_values.soon_after"
    success_keys: ClassVar[tuple[str, ...]] = ("days", "since", "ignore_row_if", "mostly")
    args_keys: ClassVar[tuple[str, ...]] = ("column_A", "column_B", "days", "since")


class ExpectColumnTypesToBeDeclared(BatchExpectation):
    """Expect each column to have the type its table declares."""

    types: dict[str, str]

    metric_dependencies: ClassVar[tuple[str, ...]] = ("table.column_types",)
    success_keys: ClassVar[tuple[str, ...]] = ("types",)
    args_keys: ClassVar[tuple[str, ...]] = ("types",)

    def _validate(
        self,
        metrics: dict[str, Any],
        runtime_configuration: dict[str, Any] | None = None,
        execution_engine: Any = None,
    ) -> dict[str, Any]:
        """Return success, and how many columns are of another type; a missing column is another rule's."""
        found = {
            column["name"]: getattr(column["type"], "type", type(column["type"])).__name__
            for column in metrics["table.column_types"]
        }
        wrong = [name for name, kind in self.types.items() if name in found and found[name] != kind]
        return {
            "success": not wrong,
            "result": {
                "unexpected_count": len(wrong),
                "observed_value": ", ".join(f"{name} is {found[name]}" for name in wrong) or "as declared",
            },
        }
