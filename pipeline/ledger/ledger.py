"""The ledger: what arrived, how each drop was judged, what was published. It is the commit of the system.

It holds forces, drops, file and column names, hashes, rule names, counts and sentences, never a value of a record.
Few moments write to it, each in one transaction and each with its act in the log: `arrive`, `settle`, `publish`,
what people decide (`rule_on`, `answer`, `record`), how drops stand by it (`stand`), and the upgrade of its own schema
when it is opened. Everything else reads. The tables are declared in `tables.py`; `pipeline/migrations` is how a
ledger written by an earlier version comes to have them.
"""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import asdict, fields, replace
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Self

from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    Row,
    Select,
    Table,
    delete,
    func,
    insert,
    inspect,
    select,
    text,
    update,
)
from sqlalchemy.exc import DBAPIError, IntegrityError

from pipeline.ledger.acts import NOTHING_BEFORE, Act, ActRecord, hash_of_act
from pipeline.ledger.connection import engine_at, place_of, trouble_of
from pipeline.ledger.facts import (
    BALANCES,
    SUMS,
    Answer,
    Arrival,
    Conflict,
    Counted,
    DoesNotBalance,
    DropRecord,
    DropSums,
    FindingCount,
    LedgerUnavailable,
    Outcome,
    ReleaseRecord,
    Ruling,
    Standing,
    State,
    UnknownDrop,
)
from pipeline.ledger.tables import (
    ACT,
    ANSWER,
    DROP,
    DROP_COLUMN,
    DROP_FILE,
    DROP_FINDING,
    PROFILE,
    RELEASE,
    RELEASE_INPUT,
    RELEASE_MARK,
    RULE_STATE,
    SCHEMA_REVISION,
    STANDING,
    VERSION_TABLE,
)
from pipeline.states import State as RuleState
from pipeline.who import who

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """Return the present moment in UTC."""
    return datetime.now(UTC)


class Ledger:
    """The record of drops and releases in one database; safe to share between threads."""

    def __init__(self, engine: Engine, now: Clock = utc_now, timeout: float = 30.0) -> None:
        self._engine = engine
        self._now = now
        self._timeout = timeout
        self._reader = engine
        self._writer = engine.execution_options(writes=True)

    @classmethod
    def open(cls, url: str, *, now: Clock = utc_now, timeout: float = 30.0) -> Self:
        """Return the ledger at a SQLAlchemy URL, its schema brought up to date.

        A SQLite file is created when missing, its folder is not. `timeout` is how many seconds to wait for
        another run to release the ledger. Raises LedgerUnavailable with a sentence that never shows the URL.
        """
        ledger = cls(engine_at(url, timeout), now, timeout)
        try:
            ledger._upgrade()
        except BaseException:
            ledger.close()
            raise
        return ledger

    @classmethod
    def look(cls, url: str, *, timeout: float = 30.0) -> Self:
        """Return the ledger at a SQLAlchemy URL to read from, as it stands; raises LedgerUnavailable, also for one of another schema."""
        ledger = cls(engine_at(url, timeout), utc_now, timeout)
        try:
            with ledger._reading() as connection:
                if _revision(connection) == SCHEMA_REVISION:
                    return ledger
            raise LedgerUnavailable(
                f"The ledger {place_of(ledger._engine.url)} was written by another version of this program. "
                "Run collate receive once with this one, or use that version."
            )
        except BaseException:
            ledger.close()
            raise

    def close(self) -> None:
        """Let go of every connection."""
        self._engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def arrive(self, arrival: Arrival) -> int:
        """Return the sequence number of a drop, registering it when it is new.

        Sequence numbers rise in order of arrival and are never given twice. The same drop may arrive again,
        under another file name too; with other bytes, force or book it raises Conflict.
        """
        now = self._now()
        new = {**asdict(arrival), "arrived_at": now, "state": "arrived"}
        with self._writing() as connection:
            known, is_new = _insert_or_find(connection, DROP, DROP.c.drop_id == arrival.drop_id, new)
            if is_new:
                said = {"book": arrival.book, "file": arrival.file, "sha256": arrival.sha256}
                _log(
                    connection,
                    now,
                    Act(did="received", subject=arrival.drop_id, force_id=arrival.force_id, said=said),
                )
        if (known.force_id, known.book, known.sha256) != (arrival.force_id, arrival.book, arrival.sha256):
            raise Conflict(
                f"Drop {arrival.drop_id} is already in the ledger as {known.file} of {known.force_id} "
                f"({known.book}), with other bytes or for another force or book."
            )
        return int(known.sequence)

    def settle(self, outcome: Outcome) -> None:
        """Store how a drop was judged, whole or not at all.

        The same outcome again changes nothing. A refused drop, or one judged by another mapping or another
        version of the code, may be judged again and the new outcome replaces the old. Raises DoesNotBalance
        when the sums do not add up, UnknownDrop when the drop never arrived, and Conflict when the same
        mapping and code came to a different outcome, which would mean the same input gave other bytes.
        """
        _require_balance(outcome)
        outcome = replace(outcome, findings=_in_order(outcome.findings), files=dict(outcome.files))
        this_drop = DROP.c.drop_id == outcome.drop_id
        with self._writing() as connection:
            row = connection.execute(select(DROP).where(this_drop).with_for_update()).one_or_none()
            if row is None:
                raise UnknownDrop(f"Drop {outcome.drop_id} cannot be settled: it never arrived.")
            earlier = _outcome(connection, row)
            # It may have been judged when these were not kept yet, or beside other drops than now.
            _replace(connection, PROFILE, outcome.drop_id, [asdict(each) for each in outcome.profile])
            _replace(connection, RULE_STATE, outcome.drop_id, [asdict(each) for each in outcome.rules])
            stood = select(STANDING.c.resend).where(STANDING.c.drop_id == outcome.drop_id)
            if (connection.scalar(stood) or "amend") != outcome.resend:
                _stand(connection, outcome.drop_id, resend=outcome.resend)
            if earlier == outcome:
                return
            if earlier is not None and not _may_be_replaced(earlier, outcome):
                raise Conflict(
                    f"Drop {outcome.drop_id} was already judged with the same mapping and code "
                    f"({outcome.code_version}) and came out differently; the first outcome stands."
                )
            settlement = self._settlement(outcome)
            connection.execute(update(DROP).where(this_drop).values(settlement))
            _replace(connection, DROP_FINDING, outcome.drop_id, [_stored(each) for each in outcome.findings])
            _replace(
                connection,
                DROP_FILE,
                outcome.drop_id,
                [{"name": name, "sha256": sha256} for name, sha256 in outcome.files.items()],
            )
            _replace(
                connection,
                DROP_COLUMN,
                outcome.drop_id,
                [{"position": place, "name": name} for place, name in enumerate(outcome.header, 1)],
            )
            said = {
                "state": outcome.state, "rows": outcome.sums.rows, "accepted": outcome.sums.accepted,
                "held": outcome.sums.held, "mapping": outcome.mapping_fingerprint, "version": outcome.code_version,
            }  # fmt: skip
            judged = Act(did="judged", subject=outcome.drop_id, force_id=row.force_id, said=said)
            _log(connection, settlement["settled_at"], judged)

    def drop(self, drop_id: str) -> DropRecord | None:
        """Return a drop, or None when it never arrived."""
        with self._reading() as connection:
            row = connection.execute(_DROPS.where(DROP.c.drop_id == drop_id)).one_or_none()
        return None if row is None else _drop_record(row)

    def drops(
        self, force_id: str | None = None, book: str | None = None, state: State | None = None
    ) -> list[DropRecord]:
        """Return the drops of a force, a book and a state, or of all, in order of arrival."""
        wanted = {"force_id": force_id, "book": book, "state": state}
        query = _DROPS.order_by(DROP.c.sequence)
        for name, word in wanted.items():
            if word is not None:
                query = query.where(DROP.c[name] == word)
        with self._reading() as connection:
            return [_drop_record(row) for row in connection.execute(query)]

    def findings(self, drop_id: str) -> list[FindingCount]:
        """Return how often each rule spoke in a drop, in order of rule, severity and field."""
        with self._reading() as connection:
            return list(_findings(connection, drop_id))

    def files(self, drop_id: str) -> dict[str, str]:
        """Return the files written for a drop, name to SHA-256, in order of name."""
        with self._reading() as connection:
            return _files(connection, drop_id)

    def headers(self, force_id: str | None = None, book: str | None = None) -> dict[str, tuple[str, ...]]:
        """Return the columns in order of each drop whose header is kept, of a force and a book or of all."""
        query = _of(force_id, book, select(DROP_COLUMN).join(DROP, DROP.c.drop_id == DROP_COLUMN.c.drop_id))
        headers: dict[str, list[str]] = {}
        with self._reading() as connection:
            for row in connection.execute(query.order_by(DROP.c.sequence, DROP_COLUMN.c.position)):
                headers.setdefault(row.drop_id, []).append(row.name)
        return {drop_id: tuple(names) for drop_id, names in headers.items()}

    def profiles(
        self, force_id: str | None = None, book: str | None = None, drops: Iterable[str] | None = None
    ) -> dict[str, list[Counted]]:
        """Return the profile of each drop that has one, of a force and a book or of all, and of some drops alone."""
        query = _of(force_id, book, select(PROFILE).join(DROP, DROP.c.drop_id == PROFILE.c.drop_id))
        if drops is not None:
            query = query.where(PROFILE.c.drop_id.in_([*drops]))
        found: dict[str, list[Counted]] = {}
        with self._reading() as connection:
            for row in connection.execute(query):
                count = row._mapping["count"]
                found.setdefault(row.drop_id, []).append(
                    Counted(row.kind, row._mapping["field"], row._mapping["key"], count)
                )
        return {drop_id: sorted(counts) for drop_id, counts in found.items()}

    def codes_by_force(self, drops: Iterable[str]) -> dict[str, dict[str, dict[str, int]]]:
        """Return the records of some drops by force, field and code, the forces in order."""
        records = func.sum(PROFILE.c["count"])
        query = (
            select(DROP.c.force_id, PROFILE.c.field, PROFILE.c.key, records)
            .join(DROP, DROP.c.drop_id == PROFILE.c.drop_id)
            .where(PROFILE.c.kind == "code", PROFILE.c.drop_id.in_([*drops]))
            .group_by(DROP.c.force_id, PROFILE.c.field, PROFILE.c.key)
        )
        found: dict[str, dict[str, dict[str, int]]] = {}
        with self._reading() as connection:
            # Sorted here, as databases sort text by their own locales.
            for force_id, name, code, count in sorted(tuple(row) for row in connection.execute(query)):
                found.setdefault(force_id, {}).setdefault(name, {})[code] = int(count)
        return found

    def rules(self, force_id: str | None = None, book: str | None = None) -> dict[str, list[RuleState]]:
        """Return what became of each rule, in order of their codes, in each drop that says so."""
        query = _of(force_id, book, select(RULE_STATE).join(DROP, DROP.c.drop_id == RULE_STATE.c.drop_id))
        found: dict[str, list[RuleState]] = {}
        with self._reading() as connection:
            for row in connection.execute(query.order_by(DROP.c.sequence)):
                state = RuleState(row.rule, row.code, row.state, row.judged, row.failed, row.why)
                found.setdefault(row.drop_id, []).append(state)
        return {drop_id: sorted(states, key=lambda each: each.code) for drop_id, states in found.items()}

    def counts_of(
        self, ending: str, force_id: str | None = None, book: str | None = None
    ) -> dict[str, dict[str, int]]:
        """Return how often the rules with such an ending spoke of each field of each drop that breaks one."""
        query = _of(force_id, book, select(DROP_FINDING).join(DROP, DROP.c.drop_id == DROP_FINDING.c.drop_id))
        query = query.where(DROP_FINDING.c.rule.endswith(ending, autoescape=True))
        counts: dict[str, dict[str, int]] = {}
        with self._reading() as connection:
            for row in connection.execute(query):
                name, count = row._mapping["field"], row._mapping["count"]
                counts.setdefault(row.drop_id, {}).setdefault(name, 0)
                counts[row.drop_id][name] += count
        return counts

    def publish(self, release: ReleaseRecord, inputs: Sequence[str]) -> ReleaseRecord:
        """Return the release as stored, with the drops that went into it.

        Publishing it again with the same content changes nothing. Raises Conflict when the release, or its
        month and revision, is already published with other content, and UnknownDrop for an input that never
        arrived; nothing is stored then.
        """
        now = self._now()
        told = {**asdict(release), "published_at": release.published_at or now}
        new = {name: told[name] for name in _names(RELEASE)}
        same_name = RELEASE.c.release_id == release.release_id
        same_place = (RELEASE.c.month == release.month) & (RELEASE.c.revision == release.revision)
        with self._writing() as connection:
            row, is_new = _insert_or_find(connection, RELEASE, same_name | same_place, new)
            known = replace(release, **row._mapping)
            if not _is_same_release(known, release):
                raise Conflict(
                    f"Release {release.release_id} (month {release.month}, revision {release.revision}) "
                    f"cannot be published: {known.release_id} is already published there with other "
                    "content. A release never changes; publish the next revision."
                )
            if is_new:
                _store_inputs(connection, release.release_id, set(inputs))
                if release.mark is not None:
                    marked = {name: told[name] for name in _names(RELEASE_MARK)}
                    connection.execute(insert(RELEASE_MARK).values(marked))
                said = {"manifest": release.content_hash, "drops": len(set(inputs)), "mark": release.mark}
                _log(connection, now, Act(did="published", subject=release.release_id, said=said))
                return known
            return _release(connection, known.release_id) or known

    def releases(self) -> list[ReleaseRecord]:
        """Return every release, in order of month and revision."""
        query = _RELEASES.order_by(RELEASE.c.month, RELEASE.c.revision)
        with self._reading() as connection:
            return [ReleaseRecord(**row._mapping) for row in connection.execute(query)]

    def release(self, release_id: str) -> ReleaseRecord | None:
        """Return a release, or None when it was never published."""
        with self._reading() as connection:
            return _release(connection, release_id)

    def inputs(self, release_id: str) -> list[str]:
        """Return the drops that went into a release, in order of arrival."""
        query = (
            select(RELEASE_INPUT.c.drop_id)
            .join(DROP, DROP.c.drop_id == RELEASE_INPUT.c.drop_id)
            .where(RELEASE_INPUT.c.release_id == release_id)
            .order_by(DROP.c.sequence)
        )
        with self._reading() as connection:
            return list(connection.scalars(query))

    def rule_on(self, drop_id: str, ruling: Ruling | None, act: Act) -> None:
        """Store what a person rules on a drop, or that the ruling is taken back, with the act that says why.

        How the drop and those after it stand by it is worked out anew by `pipeline.again.standing`. Raises UnknownDrop.
        """
        now = self._now()
        with self._writing() as connection:
            known = connection.execute(select(DROP).where(DROP.c.drop_id == drop_id)).one_or_none()
            if known is None:
                raise UnknownDrop(f"There is no drop {drop_id}.")
            _stand(connection, drop_id, ruling=ruling)
            _log(connection, now, act)

    def stand(self, standings: Mapping[str, tuple[Standing, str]]) -> None:
        """Store how drops stand, and why where they do not; what is stored already is left alone."""
        now = self._now()
        with self._writing() as connection:
            for drop_id, (standing, because) in standings.items():
                where = STANDING.c.drop_id == drop_id
                known = connection.execute(select(STANDING).where(where)).one_or_none()
                if (standing, because) == ((known.standing, known.because) if known else ("stands", "")):
                    continue
                _stand(connection, drop_id, standing=standing, because=because)
                force = select(DROP.c.force_id).where(DROP.c.drop_id == drop_id)
                said = {"standing": standing, "because": because}
                force_id = connection.execute(force).scalar_one()
                _log(connection, now, Act(did="stood", subject=drop_id, force_id=force_id, said=said))

    def answer(self, answer: Answer) -> Answer:
        """Return a force's answer as stored; the same answer again changes nothing. Raises UnknownDrop."""
        now = self._now()
        new = replace(answer, who=answer.who or who(), answered_at=answer.answered_at or now)
        with self._writing() as connection:
            if connection.execute(select(DROP).where(DROP.c.drop_id == answer.drop_id)).one_or_none() is None:
                raise UnknownDrop(f"There is no drop {answer.drop_id}.")
            stored = {"answer_id": new.answer_id, **asdict(new)}
            same = ANSWER.c.answer_id == new.answer_id
            row, is_new = _insert_or_find(connection, ANSWER, same, stored)
            if is_new:
                said = {
                    "rule": new.rule,
                    "answer": new.answer_id,
                    "until": str(new.until) if new.until else None,
                }
                act = Act(did="answered", subject=new.drop_id, force_id=new.force_id, said=said, who=new.who)
                _log(connection, now, act)
            return _answer(row)

    def answers(self, force_id: str | None = None, book: str | None = None) -> list[Answer]:
        """Return the answers of a force and a book, or of all, in the order they were given."""
        query = select(ANSWER)
        for name, word in (("force_id", force_id), ("book", book)):
            if word is not None:
                query = query.where(ANSWER.c[name] == word)
        with self._reading() as connection:
            given = connection.execute(query.order_by(ANSWER.c.answered_at, ANSWER.c.answer_id))
            return [_answer(row) for row in given]

    def record(self, act: Act) -> ActRecord:
        """Return an act as it stands in the log from now on."""
        now = self._now()
        with self._writing() as connection:
            return _log(connection, now, act)

    def acts(
        self, did: str | None = None, subject: str | None = None, force_id: str | None = None
    ) -> list[ActRecord]:
        """Return the acts of one kind, on one subject, of one force, or all, in the order they were done."""
        query = select(ACT).order_by(ACT.c.sequence)
        for name, word in (("did", did), ("subject", subject), ("force_id", force_id)):
            if word is not None:
                query = query.where(ACT.c[name] == word)
        with self._reading() as connection:
            return [
                ActRecord(**{**row._mapping, "said": json.loads(row.said)})
                for row in connection.execute(query)
            ]

    def _settlement(self, outcome: Outcome) -> dict[str, Any]:
        return {
            "state": outcome.state,
            "sentence": outcome.sentence,
            **asdict(outcome.sums),
            "period_from": outcome.period_from,
            "period_to": outcome.period_to,
            "mapping_fingerprint": outcome.mapping_fingerprint,
            "code_version": outcome.code_version,
            "settled_at": self._now(),
        }

    def _upgrade(self) -> None:
        """Bring the schema to SCHEMA_REVISION; an up-to-date ledger is only looked at."""
        with self._reading() as connection:
            if _revision(connection) == SCHEMA_REVISION:
                return
        from pipeline import migrations  # Alembic takes longer to import than a ledger to open.

        with _ONE_UPGRADE, self._writing() as connection:
            if connection.dialect.name == "postgresql":
                connection.execute(select(func.pg_advisory_xact_lock(_UPGRADE_LOCK)))
            found = _revision(connection)
            if found is not None and not migrations.knows(found):
                raise LedgerUnavailable(
                    f"The ledger {place_of(self._engine.url)} was written by a later version of this program "
                    f"(schema {found}; this one knows up to {SCHEMA_REVISION}). Install that version, or "
                    "name another ledger with COLLATE_LEDGER_URL."
                )
            migrations.upgrade(connection)

    @contextlib.contextmanager
    def _transaction(self, engine: Engine) -> Iterator[Connection]:
        try:
            with engine.begin() as connection:
                yield connection
        except DBAPIError as error:
            trouble = trouble_of(error, self._timeout)
            if trouble is None:
                raise
            raise LedgerUnavailable(f"The ledger {place_of(self._engine.url)} {trouble}") from error

    def _reading(self) -> contextlib.AbstractContextManager[Connection]:
        return self._transaction(self._reader)

    def _writing(self) -> contextlib.AbstractContextManager[Connection]:
        return self._transaction(self._writer)


_DROPS = select(
    DROP, STANDING.c.standing, STANDING.c.ruling, STANDING.c.because, STANDING.c.resend
).select_from(DROP.outerjoin(STANDING, STANDING.c.drop_id == DROP.c.drop_id))

_RELEASES = select(
    RELEASE, RELEASE_MARK.c.mark, RELEASE_MARK.c.signed_by, RELEASE_MARK.c.signed_at
).select_from(RELEASE.outerjoin(RELEASE_MARK, RELEASE_MARK.c.release_id == RELEASE.c.release_id))

# Alembic keeps its context in module globals, so one process upgrades one ledger at a time.
_ONE_UPGRADE = threading.Lock()

_UPGRADE_LOCK = 0x636F6C6C  # any number all runs share: "coll"

_ACT_LOCK = (
    0x61637473  # and "acts": each is bound to the one before it, so they are written one after another
)


def _revision(connection: Connection) -> str | None:
    """Return the schema's revision, or None in a database that holds no ledger yet."""
    if not inspect(connection).has_table(VERSION_TABLE):
        return None
    revision: str | None = connection.scalar(text(f"SELECT version_num FROM {VERSION_TABLE}"))
    return revision


def _insert_or_find(
    connection: Connection, table: Table, same: ColumnElement[bool], new: Mapping[str, Any]
) -> tuple[Row[Any], bool]:
    """Return the row that is the same as the new one and whether it was stored just now."""
    find = select(table).where(same)
    known = connection.execute(find).first()
    if known is not None:
        return known, False
    try:
        with connection.begin_nested():
            connection.execute(insert(table).values(new))
    except IntegrityError:
        # Another run stored it between our look and our insert; without one, the row itself is at fault.
        known = connection.execute(find).first()
        if known is None:
            raise
        return known, False
    return connection.execute(find).one(), True


def _of(force_id: str | None, book: str | None, query: Select[Any]) -> Select[Any]:
    """Return a query of drops for those of a force and a book, where they are named."""
    for name, word in (("force_id", force_id), ("book", book)):
        if word is not None:
            query = query.where(DROP.c[name] == word)
    return query


def _require_balance(outcome: Outcome) -> None:
    counts = asdict(outcome.sums)
    for total, parts in BALANCES.items():
        if counts[total] != sum(counts[part] for part in parts):
            raise DoesNotBalance(
                outcome.drop_id, total, counts[total], {part: counts[part] for part in parts}
            )


def _may_be_replaced(earlier: Outcome, new: Outcome) -> bool:
    alone = tuple(each for each in new.findings if each.rule not in new.beside)
    then = tuple(each for each in earlier.findings if each.rule not in new.beside)
    header = new.header if earlier.header else ()
    if replace(new, findings=alone, header=header) == replace(earlier, findings=then):
        # It was judged when headers were not kept yet, or beside other drops than now.
        return True
    return earlier.state == "refused" or (earlier.mapping_fingerprint, earlier.code_version) != (
        new.mapping_fingerprint,
        new.code_version,
    )


def _in_order(findings: Iterable[FindingCount]) -> tuple[FindingCount, ...]:
    # Sorted here, as databases sort text by their own locales.
    return tuple(sorted(findings, key=lambda each: (each.rule, each.severity, each.field or "")))


def _replace(connection: Connection, table: Table, drop_id: str, rows: Sequence[Mapping[str, Any]]) -> None:
    connection.execute(delete(table).where(table.c.drop_id == drop_id))
    if rows:
        connection.execute(insert(table), [{"drop_id": drop_id, **row} for row in rows])


def _store_inputs(connection: Connection, release_id: str, drop_ids: Set[str]) -> None:
    arrived = set(connection.scalars(select(DROP.c.drop_id).where(DROP.c.drop_id.in_(drop_ids))))
    if missing := sorted(drop_ids - arrived):
        raise UnknownDrop(f"Release {release_id} cannot be published: {', '.join(missing)} never arrived.")
    if drop_ids:
        connection.execute(
            insert(RELEASE_INPUT), [{"release_id": release_id, "drop_id": each} for each in sorted(drop_ids)]
        )


def _is_same_release(known: ReleaseRecord, new: ReleaseRecord) -> bool:
    return (known.release_id, known.month, known.revision, known.content_hash) == (
        new.release_id,
        new.month,
        new.revision,
        new.content_hash,
    )


def _log(connection: Connection, now: datetime, act: Act) -> ActRecord:
    """Write an act after the last one; the caller's transaction is the act's."""
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(_ACT_LOCK)))
    last = connection.execute(select(ACT).order_by(ACT.c.sequence.desc()).limit(1)).one_or_none()
    sequence, previous = (last.sequence + 1, last.hash) if last else (1, NOTHING_BEFORE)
    act = replace(act, who=act.who or who())
    written = ActRecord(
        **{each.name: getattr(act, each.name) for each in fields(Act)},
        sequence=sequence,
        at=now,
        previous=previous,
        hash=hash_of_act(act, sequence, now, previous),
    )
    said = json.dumps(dict(act.said), ensure_ascii=False, sort_keys=True)
    connection.execute(insert(ACT).values({**_shallow(written), "said": said}))
    return written


def _names(table: Table) -> list[str]:
    return [column.name for column in table.columns]


def _stand(connection: Connection, drop_id: str, **values: Any) -> None:
    """Store something of how a drop stands; one that nothing is known of stands."""
    where = STANDING.c.drop_id == drop_id
    new = {
        "drop_id": drop_id,
        "resend": "amend",
        "ruling": None,
        "standing": "stands",
        "because": "",
        **values,
    }
    _, is_new = _insert_or_find(connection, STANDING, where, new)
    if not is_new:
        connection.execute(update(STANDING).where(where).values(values))


def _shallow(record: ActRecord) -> dict[str, Any]:
    return {each.name: getattr(record, each.name) for each in fields(record)}


def _answer(row: Row[Any]) -> Answer:
    columns = dict(row._mapping)
    columns.pop("answer_id")
    return Answer(**columns)


def _release(connection: Connection, release_id: str) -> ReleaseRecord | None:
    row = connection.execute(_RELEASES.where(RELEASE.c.release_id == release_id)).one_or_none()
    return None if row is None else ReleaseRecord(**row._mapping)


def _drop_record(row: Row[Any]) -> DropRecord:
    columns = dict(row._mapping)
    columns["standing"] = columns["standing"] or "stands"
    columns["because"] = columns["because"] or ""
    columns["resend"] = columns["resend"] or "amend"
    counts = {name: columns.pop(name) for name in SUMS}
    return DropRecord(**columns, sums=None if row.state == "arrived" else DropSums(**counts))


def _outcome(connection: Connection, row: Row[Any]) -> Outcome | None:
    """Return how a drop was judged earlier, or None when it only arrived."""
    if row.state == "arrived":
        return None
    return Outcome(
        drop_id=row.drop_id,
        state=row.state,
        mapping_fingerprint=row.mapping_fingerprint,
        code_version=row.code_version,
        sums=DropSums(**{name: row._mapping[name] for name in SUMS}),
        sentence=row.sentence,
        findings=_findings(connection, row.drop_id),
        period_from=row.period_from,
        period_to=row.period_to,
        files=_files(connection, row.drop_id),
        header=_header(connection, row.drop_id),
    )


def _findings(connection: Connection, drop_id: str) -> tuple[FindingCount, ...]:
    query = select(DROP_FINDING).where(DROP_FINDING.c.drop_id == drop_id)
    return _in_order(
        FindingCount(row.rule, row.severity, row._mapping["field"] or None, row._mapping["count"])
        for row in connection.execute(query)
    )


def _stored(finding: FindingCount) -> dict[str, Any]:
    return {**asdict(finding), "field": finding.field or ""}


def _files(connection: Connection, drop_id: str) -> dict[str, str]:
    query = select(DROP_FILE).where(DROP_FILE.c.drop_id == drop_id)
    return dict(sorted((row.name, row.sha256) for row in connection.execute(query)))


def _header(connection: Connection, drop_id: str) -> tuple[str, ...]:
    query = (
        select(DROP_COLUMN.c.name).where(DROP_COLUMN.c.drop_id == drop_id).order_by(DROP_COLUMN.c.position)
    )
    return tuple(connection.scalars(query))
