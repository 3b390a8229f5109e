"""The engine: a DuckDB session behind Ibis, and writing what an expression says in one pass."""

from __future__ import annotations

import errno
import gc
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import date
from functools import cached_property
from hashlib import sha256
from importlib import import_module
from pathlib import Path
from threading import Thread
from typing import Any, cast
from warnings import filterwarnings

import duckdb
import ibis
import ibis.expr.operations as ops
import ibis.expr.types as ir
import pyarrow as pa

MEMORY = "900MB"

# How many judged records come from the engine at a time.
BATCH = 65_536

# DuckDB would rather give Arrow from a relation, which it plans twice; the extra copy of a small result costs less.
filterwarnings("ignore", "Arrow output on a DB-API result", UserWarning)

# Compiling a long expression takes longer than judging a small drop; drops of one layout share it.
COMPILED: dict[Any, str] = {}
MOST_COMPILED = 256


class Engine:
    """One DuckDB session, opened with `open_engine`."""

    def __init__(self, connection: Any) -> None:
        self.ibis = connection
        self.duckdb = connection.con
        self.broken_stream: Exception | None = None
        self.facts: dict[str, date | str | None] = {}
        self.asked: dict[str, Asked] = {}
        self.questions = 0

    def read_batches(self, name: str, batches: pa.RecordBatchReader) -> ir.Table:
        """Return a stream of Arrow batches as a table that can be read once.

        What the stream raises, the write that reads it raises too, as it was and not in DuckDB's wrapping.
        """

        def watched() -> Iterator[pa.RecordBatch]:
            try:
                yield from batches
            except Exception as error:
                self.broken_stream = error
                raise

        self.duckdb.register(name, pa.RecordBatchReader.from_batches(batches.schema, watched()))
        return unbound(name, batches.schema)

    def stream(self, expression: ir.Table, rows: int) -> Iterator[pa.RecordBatch]:
        """Yield an expression's rows, in their order, in batches of so many, as they become known."""
        try:
            yield from self.duckdb.sql(self.sql(expression)).to_arrow_reader(rows)
        except (duckdb.Error, pa.ArrowException, OSError) as error:
            if self.broken_stream is not None:
                raise self.broken_stream from None
            raise told(error) from None

    def question(self, name: str, columns: pa.Schema, expression: ir.Table) -> Callable[[pa.Table], pa.Table]:
        """Return a function that answers an expression of one small table after another, known to it by `name`.

        All tables asked under one name have the same columns. The question is planned from now on, in the thread that
        will answer it.
        """
        self.questions += 1
        planned = self.answering.submit(self._plan, self.questions, name, columns, self.sql(expression))

        def answered(asked: pa.Table) -> pa.Table:
            self.asked[name].table = asked.cast(columns)
            return cast(pa.Table, self.run(planned.result()).to_arrow_table())

        return lambda asked: self.answering.submit(answered, asked).result()

    def _plan(self, number: int, name: str, columns: pa.Schema, query: str) -> Any:
        """Return the statement that answers a question, planned."""
        if name not in self.asked:
            self.asked[name] = Asked(columns.empty_table())
            self.duckdb.register(name, self.asked[name])
        # To plan a long query takes longer than to answer it for a few words: it is planned once.
        self.run(f"PREPARE question_{number} AS {query}")
        return self.duckdb.extract_statements(f"EXECUTE question_{number}")[0]

    @cached_property
    def answering(self) -> ThreadPoolExecutor:
        """Return the thread in which questions are planned and answered, one after another."""
        return ThreadPoolExecutor(1, thread_name_prefix="answer")

    def lay_down(self, name: str, expression: ir.Table) -> ir.Table:
        """Return an expression's rows, in their order, as a table of the session that spills to disk where it must."""
        self.run(f'CREATE OR REPLACE TEMP TABLE "{name}" AS {self.sql(expression)}')
        return known_as(name, expression)

    def give_name(self, name: str, expression: ir.Table) -> ir.Table:
        """Return an expression as a view of the session, so that what is asked of it is put into words without it."""
        self.run(f'CREATE OR REPLACE TEMP VIEW "{name}" AS {self.sql(expression)}')
        return known_as(name, expression)

    def tell(self, **facts: date | str | None) -> None:
        """Make facts about the drop known to the session, as functions without an argument."""
        self.facts |= facts
        for name, fact in facts.items():
            if fact is not None:
                # A constant, for a query that reads a variable of the session is planned anew at every run.
                known = f"DATE '{fact}'" if isinstance(fact, date) else quoted(fact)
                self.duckdb.execute(f"CREATE OR REPLACE TEMP MACRO {name}() AS {known}")

    def read_arrow(self, name: str, table: pa.Table) -> ir.Table:
        """Return an Arrow table held in memory as a table of the session."""
        self.duckdb.register(name, table)
        return cast(ir.Table, self.ibis.table(name))

    def read_small(self, name: str, table: pa.Table) -> ir.Table:
        """Return a small Arrow table as a table of a name of its own, the same expression in every session."""
        self.duckdb.register(name, table)
        return unbound(name, table.schema)

    def read_parquet(self, *paths: Path) -> ir.Table:
        """Return Parquet files as one table, columns matched by name."""
        files = ", ".join(quoted(path) for path in paths)
        name = f"parquet_{sha256(files.encode()).hexdigest()[:16]}"
        # File names say nothing about columns: a folder called force_id=... must not add one.
        self.duckdb.execute(
            f'CREATE OR REPLACE TEMP VIEW "{name}" AS '
            f"SELECT * FROM read_parquet([{files}], union_by_name=true, hive_partitioning=false)"
        )
        return cast(ir.Table, self.ibis.table(name))

    def sql(self, expression: ir.Table) -> str:
        """Return the expression as SQL, stage by stage, so that no stage is computed twice."""
        node = expression.op()
        known = COMPILED.get(node)
        if known is None:
            in_memory = bool(node.find(ops.InMemoryTable))
            if in_memory:
                # They are laid into the session first, as Ibis does before it runs an expression.
                self.ibis._run_pre_execute_hooks(expression)
            known = str(self.ibis.compile(expression))
            if not in_memory:
                if len(COMPILED) >= MOST_COMPILED:
                    COMPILED.clear()
                COMPILED[node] = known
        return known

    def write_parquet(self, expression: ir.Table, path: Path, *, compression: str = "zstd") -> int:
        """Write an expression's rows, in their order, and return how many; same rows, same bytes."""
        return self.copy(
            expression, path, f"FORMAT parquet, COMPRESSION {compression}, ROW_GROUP_SIZE 122880"
        )

    def write_csv(self, expression: ir.Table, path: Path) -> int:
        """Write an expression's rows as UTF-8 CSV with a header, and return how many."""
        return self.copy(expression, path, "FORMAT csv, HEADER")

    def copy(self, expression: ir.Table, path: Path, options: str) -> int:
        # DuckDB adds whole numbers up in 128 bits, which Parquet keeps as a float, and Ibis takes them for 64 already.
        whole = [name for name, kind in expression.schema().items() if kind.is_integer()]
        cast_back = ", ".join(f'CAST("{name}" AS BIGINT) AS "{name}"' for name in whole)
        columns = f"* REPLACE ({cast_back})" if whole else "*"
        query = f"SELECT {columns} FROM ({self.sql(expression)})"
        return int(self.run(f"COPY ({query}) TO {quoted(path)} ({options})").fetchone()[0])

    def run(self, statement: Any) -> Any:
        """Run a statement; what a stream of ours raised comes out as it was, anything else without its words."""
        try:
            return self.duckdb.execute(statement)
        except duckdb.Error as error:
            if self.broken_stream is not None:
                raise self.broken_stream from None
            raise told(error) from None

    def rows(self, expression: ir.Table) -> list[dict[str, Any]]:
        """Return a small result as rows."""
        return cast(list[dict[str, Any]], self.arrow(expression).to_pylist())

    def arrow(self, expression: ir.Table) -> pa.Table:
        """Return a small result as an Arrow table."""
        return cast(pa.Table, self.duckdb.execute(self.sql(expression)).to_arrow_table())


class Asked:
    """A table under a name of the session that another takes the place of, while what is planned stays planned."""

    def __init__(self, table: pa.Table) -> None:
        self.table = table

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        """Return the rows of the table there is now, as DuckDB asks for them at every run."""
        return self.table.__arrow_c_stream__(requested_schema)


def unbound(name: str, schema: pa.Schema) -> ir.Table:
    """Return a table known by name and columns only, so that the same expression is equal in every session."""
    types = {column: kind(nullable=True) for column, kind in ibis.Schema.from_pyarrow(schema).items()}
    return ibis.table(ibis.schema(types), name=name)


def known_as(name: str, expression: ir.Table) -> ir.Table:
    """Return a table of the session that has an expression's columns."""
    types = {column: kind(nullable=True) for column, kind in expression.schema().items()}
    return ibis.table(ibis.schema(types), name=name)


def quoted(text: Path | str) -> str:
    """Return a path or a word as an SQL text."""
    return "'" + str(text).replace("'", "''") + "'"


def told(error: Exception) -> Exception:
    """Return DuckDB's error as one that names no value: a full disk as such, anything else by its kind alone."""
    words = str(error)
    if "No space left" in words or "Out of Memory" in words and "temp" in words.lower():
        return OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    if "Read-only file system" in words or "Permission denied" in words:
        return OSError(errno.EACCES, os.strerror(errno.EACCES))
    return EngineFault(type(error).__name__)


class EngineFault(Exception):
    """The engine failed in a way of its own; its words are left out, for they may hold a value."""

    def __init__(self, kind: str) -> None:
        super().__init__(f"The engine stopped with {kind}. Nothing was stored; please report this.")
        self.kind = kind


@contextmanager
def leaving_libraries_alone() -> Iterator[None]:
    """Keep what is in memory now from being looked through for waste: a tenth of the time it takes to judge a small drop.

    Most of it are the libraries, which stay for good.
    """
    if gc.get_freeze_count():
        yield
        return
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


def load_ahead() -> None:
    """Load what the first session would load, in a thread, while something else waits for the disk."""

    def load() -> None:
        # Ibis needs the one; Arrow and DuckDB import the other of their own accord at the first table.
        for name in ("ibis.backends.duckdb", "pandas"):
            import_module(name)

    Thread(target=load, daemon=True).start()


@contextmanager
def open_engine(scratch: Path, *, threads: int | None = None) -> Iterator[Engine]:
    """Open a session that spills to `scratch`, and close it at the end."""
    ibis.options.sql.fuse_selects = False
    connection = ibis.duckdb.connect()
    try:
        session = connection.con
        session.execute("SET enable_progress_bar = false")
        session.execute("SET preserve_insertion_order = true")
        session.execute(f"SET memory_limit = '{os.environ.get('COLLATE_MEMORY', MEMORY)}'")
        session.execute(f"SET temp_directory = {quoted(scratch)}")
        session.execute("SET TimeZone = 'UTC'")
        if threads:
            session.execute(f"SET threads = {threads}")
        engine = Engine(connection)
        try:
            with leaving_libraries_alone():
                yield engine
        finally:
            engine.answering.shutdown(cancel_futures=True)
    finally:
        connection.disconnect()
