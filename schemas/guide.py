"""The guide to force files: how to say, in TOML, what a force's export means."""

from __future__ import annotations

from collections.abc import Iterator

from schemas.assault import ASSAULT
from schemas.codes import BOOK
from schemas.dictionary import row
from schemas.table import Field

EXAMPLE = """\
name = "West Mercia Police"
pfa_code = "E23000016"                        # police force area code, where there is one

[crime]
system = "athena"                             # the system the export comes from
files = ["assaults_*.csv"]                    # which files are of this book
missing = ["N/K", "Not recorded"]             # words that mean missing, in any column
ignored = ["Victim surname", "MO"]            # columns that are never read
not_collected = [
    "victim_number", "attempted", "charged_under", "rank", "sex", "age_band", "length_of_service_years",
    "crewing", "injury_intentional", "treatment", "days_lost", "weapon", "bitten", "punched", "kicked",
    "verbal_abuse", "threatened", "location_type", "district", "hate_crime", "hate_strands",
    "impact_factors", "body_worn_video", "ced_carried", "outcome_type", "outcome_on", "sentence",
    "health_safety_ref",
]

[crime.period]                                # assaults_2018-07.csv is July 2018
pattern = '(?P<year>\\d{4})-(?P<month>\\d{2})'

[crime.fields]
source_record_id = { column = "Crime Ref" }
occurred_on = { column = "Date Committed", format = "%d/%m/%Y" }
occurred_time = { column = "Time Committed" }
recorded_on = { column = "Date Recorded" }
offence_code = { column = "HO Code" }
offence_title = { column = "Offence" }
victim_id = { column = "Collar No" }
duty_status = { column = "On duty?", codes = { "Y" = "on_duty", "N" = "off_duty" } }
spat_at = { column = "Spat at?" }             # yes/no, y/n, true/false and 1/0 need no codes

[crime.fields.victim_type]
column = "Role"
[crime.fields.victim_type.codes]              # their word = our code
"Police Officer" = "police_officer"
"Special" = "special_constable"
"PCSO" = "pcso"

[crime.fields.injury]
column = "Injury Level"
codes = { "No injury" = "none", "Slight" = "minor", "Serious" = "severe" }
"""

OPENING = f"""\
# One force, one file

A force sends its own export, with its own columns and words. Its file here says what they mean. The file
is checked when it is loaded; a mistake is refused with the file, the key and the nearest right word.
Nothing is guessed:

- every field of the assault table is mapped once, or listed in `not_collected`;
- every column of a file is mapped, listed in `ignored`, or reported back as unexpected;
- a word that no table of codes explains becomes missing and a finding, never "other".

## Add a force in three files

1. `schemas/forces/<force_id>.toml`: what this page is about. `<force_id>` is the force's id in
   [register.csv](../register.csv). Start from [blank.toml.example](blank.toml.example), which has every
   field with its meaning and codes, or from a force whose system is the same.
2. `tests/forces/<force_id>/<file>`: a small example drop, named and laid out as the force does it, with
   invented values only. Put in a row for each thing that can go wrong.
3. `tests/forces/<force_id>/expected.json`: what should come of it: the counts and the row and rule of
   each finding.

Then `collate check <file> --force <force_id>` judges a file and stores nothing. No Python is needed.

`collate map <file> --force <force_id>` proposes the first of them from an export, with the evidence for every
line: [a force in one sitting](ADD_A_FORCE.md) shows how.

## A whole file

```toml
{EXAMPLE}```

Words are matched without regard to case and to which spaces part them. Column names are matched exactly, apart from
outer space. TOML has two kinds of text: in 'single quotes' a backslash is a backslash, which suits
patterns.
"""

BOOK_KEYS = """\
## A book

A file has one table a book: {books}. Books are never added together. Each may hold:

| key | what it says |
| --- | --- |
| `system` | The system the export comes from: `niche_rms`, `athena`, `nec_connect` ..., or another name. |
| `files` | Patterns of file names (`*` for anything; case does not count). A file must match one book only. |
| `missing` | Words that mean missing in any column. A blank cell always does. |
| `ignored` | Columns that are never read: names, dates of birth, free text. |
| `not_collected` | Fields the force does not record in this book. |
| `victims` | How many victims stand side by side in a row. |
| `read` | How the file is written, where that cannot be told from the file. |
| `period` | How a file's name says which period it covers. |
| `force` | The column that names the force, where a system is shared. |
| `scope` | Which rows are assaults, where the export holds more. |
| `resend` | What a later file does to what earlier ones hold: `"amend"`, `"full"` or `"delta"`. |
| `most_dropped` | With `resend = "full"`: the share of a period's records a later file may leave out before it waits for a person. |
| `change` | In a file of changes (`resend = "delta"`): which rows add, change or withdraw a record. |
| `fields` | Where each field comes from. |
| `lists` | Cells that set several fields. |

### How the file is written

Format, encoding, delimiter, sheet and header are found from the file. Pin what a force always does, so
that a change is noticed, and what cannot be found:

```toml
[crime.read]
format = "csv"            # csv, xlsx, xlsm, xlsb, xls, ods, html, xml, json, jsonl or parquet
encoding = "cp1252"
delimiter = ";"
quote = '"'
header_row = 4            # the line, or row of the sheet, the header stands in, from 1
```

```toml
[crime.read]
sheet = "Data"
header_rows = 2           # grouped headers: a column is then named "Group / Column"
```

### The period of a file

The first match of `pattern` in the file's name gives the period. Its groups are `year` with `month` (01
to 12), with `month` and `to_month`, or with `quarter` (1 to 4, Q1, or first to fourth); `year` alone is a
whole year. Rows outside the period are queried, for an old file under a new name looks like that.

```toml
[crime.period]
pattern = '(?P<year>\\d{{4}})-\\d{{2}}_Q(?P<quarter>[1-4])'
year_begins = "april"     # "2018-19_Q2" is July to September 2018; "january" is usual
```

A file with no rows and the word `nil` in its name is a nil return for its period: nothing happened, which
is not the same as nothing sent.

### A system shared with other forces

```toml
[crime.force]
column = "Force"
words = ["West Mercia", "WMP"]   # any other word is another force's row, which is held
```

### Which rows are assaults

A use of force or accident export holds more than assaults. Rows are in scope where every condition says
so; the others are counted, with the condition that left them out. A word in neither list holds the row.
`""` is a blank cell, `"*"` every word the other list does not name.

```toml
[[crime.scope]]
column = "Incident type"
in = ["Assault"]
out = ["*"]

[[crime.scope]]
column = "Intentional?"
in = ["Yes"]
out = ["No", ""]
```

### Sending a period again

| `resend` | a later file |
| --- | --- |
| `"amend"` (default) | replaces the references it holds and leaves the rest as it stood |
| `"full"` | holds the whole of the period in its name: what earlier files of that period hold and it does not is withdrawn; needs `period` |
| `"delta"` | holds changes: references to add, to change and to withdraw |

A reference of the later file that is held back leaves the last good record standing. A record of the period that came
late, in another month's file, stays too. A full file that would withdraw more than a fifth of the period's records waits
for a person, and the last good file stands; `most_dropped = 0.4` sets another share. A full file whose name says no
period amends.

### Files of changes

A system may send only what is new, changed or withdrawn since its last file. A row with a word of `add` or `change` is
judged as any other and replaces what stood under its reference; a row with a word of `withdraw` is no record, needs
nothing but its reference, and takes back what earlier files hold under it. Where one file holds a reference twice, a
later row that takes it back wins. A word in no list holds the row, and so does a withdrawal without a reference.
`""` is a blank cell.

```toml
[crime]
resend = "delta"
[crime.change]
column = "Action"
add = ["A", "New"]
change = ["C"]
withdraw = ["D", "Deleted"]
```

A reference is taken back with all its victims, unless the force numbers them in a column of their own
(`victim_number`): then the row says which, and a row without a number takes back all of them.

### Victims side by side

With `victims = 3`, column names that hold `{{n}}` stand for three columns each. A row gives a record for
each victim of whom any such column is filled, and always for the first. `victim_number` then goes into
`not_collected`.

```toml
[crime]
victims = 3
[crime.fields.victim_id]
column = "Victim {{n}} collar"
[crime.fields.injury]
column = "Victim {{n}} injury"
codes = {{ "None" = "none", "Minor" = "minor" }}
```
"""

FIELD_KEYS = """\
## A field

Each field says where it comes from with exactly one of `column`, `columns`, `constant`, `flags` and
`count_within`.

**A column**, or the names it has gone by, of which a drop mostly holds one. Where it holds both, the
dates say which to read.

```toml
[crime.fields.source_record_id]
column = ["Crime Ref", "Crime Reference"]
pattern = '\\d{2}/\\d{5}/\\d{2}'             # the whole reference must match, or the row is held
```

```toml
[crime.fields.district]
column = [{ name = "BCU", until = 2017-03-31 }, { name = "LPA", from = 2017-04-01 }]
```

**A date or time**: `format` is one or several, tried in order: `%d` day, `%m` month, `%b` Apr, `%B` April,
`%Y` 2018, `%y` 18, `%H` hour, `%I` hour of twelve with `%p` am or pm, `%M` minute, `%S` second. Without it a
date is read day first (`3/7/2018`, `03.07.2018`, `3 Jul 2018`, `3-July-2018`, each of them with a time too if
it has slashes), and a time as `1:30`, `01:30:00`, `1:30 am`, `1.30pm`, `10pm` or `13h30`. ISO dates, with or
without a time, are always read. What may mean something else is read only where its format is stated: `0130`
as `%H%M`, `1.30` as `%H.%M`, `07/31/2018` as `%m/%d/%Y`, `3/7/18` as `%d/%m/%y` (69 to 99 are 1969 to 1999, 00
to 68 are 2000 to 2068). Minutes are two digits always, and all numbers have all their digits where nothing
stands between them: `130` is no `%H%M`. A finding on a value that was not read says what it may be.

`24:00` is midnight at the end of the day: it is kept as 00:00 of the next day, and a note says so on each row.
That holds too where the day stands in another column: an assault at `24:00` on Friday counts for Saturday. Every
rule is asked of the day as the file has it.

A column with date and time feeds both fields.

```toml
[crime.fields.occurred_on]
column = "Occurred"
format = ["%d/%m/%Y %H:%M", "%d %b %Y"]
[crime.fields.occurred_time]
column = "Occurred"
format = "%d/%m/%Y %H:%M"
```

**Mending** what a spreadsheet did to a column before it was sent. Nothing is mended unless it is stated here,
and each value mended is a note in the receipt, as it stands in the file and as it is read. Each mend is of one field, so
that a column is only mended where somebody has looked at it.

```toml
[crime.fields.occurred_on]
column = "Date"
mend = { serial_dates = "1900" }   # 43284 is 3 July 2018; "1904" where the workbook counts from 1904
[crime.fields.recorded_on]
column = "Reported"
mend = { swapped_dates = true }    # date cells are month first by mistake, text cells are right
[crime.fields.occurred_time]
column = "Time"
format = "%H%M"
mend = { leading_zeros = 4 }       # 130 was 0130
[crime.fields.age_band]
column = "Age"
codes = { "11-17" = "under_26", "18-25" = "under_26", "26-40" = "age_26_to_40" }
mend = { ranges = ["11-17"] }      # became the date 2017-11-01, or Nov-17
```

| mend | what it undoes | where it stops |
| --- | --- | --- |
| `serial_dates` | A day number in a date or time field. | A day number without a part of the day gives no time; one cut to fewer than five decimals only where it is a full minute. |
| `swapped_dates` | In a column of text dates day first, date cells that a spreadsheet read month first. | A date cell with a day past the 12th cannot have been swapped: it is not read, for then the column is not what was stated. |
| `leading_zeros` | Leading noughts of a code, a reference, or a date or time of digits alone: how many digits it had. | Only shorter numbers are filled up. A reference such as `1.23E+15`, or rounded after 15 digits, is held: its digits are lost. |
| `ranges` | Ranges of a field with codes that became dates. | Two ranges that may have become the same date are refused. |

Numbers in scientific notation or past 15 digits, and error cells (`#N/A`, `#REF!`), cannot be mended by anybody:
have the column sent as text from the system itself.

**Codes** lead from the force's words to ours; without them our own codes and their meanings are
understood. `codes_from` gives another map for records that occurred from a day on. `missing` adds words
that mean missing in this column alone.

```toml
[crime.fields.injury]
column = "Injury Level"
missing = ["-"]
codes = { "No injury" = "none", "Slight" = "minor", "Serious" = "severe" }
[[crime.fields.injury.codes_from]]
from = 2018-04-01
codes = { "0" = "none", "1" = "minor", "2" = "severe" }
```

**Codes of a system**: words that at least three forces' exports of one system share stand once, in
`schemas/systems/<system>.toml`, and a field takes them with `codes_of`. A line of the field's own `codes` stands
over the shared one.

```toml
[crime.fields.victim_type]
column = "Role"
codes_of = "niche_rms"
codes = { "Special" = "special_constable" }
```

**Yes or no** needs no codes; other words are written as codes, or as `yes` and `no`.

```toml
[crime.fields.spat_at]
column = "Spat at?"
yes = ["Yes", "Spat upon"]
no = ["No"]
[crime.fields.bitten]
column = "Bitten?"
codes = { "X" = "true", "-" = "false" }
```

**Part of a cell**: `take` is a pattern with one group in round brackets, and the field is what matches it.

```toml
[crime.fields.offence_code]
column = "Offence"
take = '^(\\d+/\\d+)'
```

**Several columns joined**, blank ones left out; the default between them is a space.

```toml
[crime.fields.offence_title]
columns = ["Offence 1", "Offence 2"]
join = ", "
```

**A constant**, where the export as a whole says it.

```toml
[crime.fields.duty_status]
constant = "on_duty"
```

**A list in one cell**, or **a block of yes/no columns**: both fill a list field.

```toml
[crime.fields.hate_strands]
column = "Strands"
separator = ";"
codes = { "Racial" = "race", "Faith" = "religion" }

[crime.fields.impact_factors.flags]
"Alcohol?" = "alcohol"
"Drugs?" = "drugs"
```

**Victims in rows of their own**: numbered by a column, or counted in the order of the file.

```toml
[crime.fields.victim_number]
count_within = "source_record_id"
```

### A cell that sets several fields

The words of one cell may add to list fields and tick yes/no fields. A yes/no field is true where its word
is there, false where the cell is filled without it, and missing where the cell is blank. `""` explains a
word that sets nothing. A field set here is not mapped elsewhere.

```toml
[[crime.lists]]
column = "Circumstances"
separator = ";"
[crime.lists.words]
"Alcohol" = "impact_factors.alcohol"
"Spat at" = "spat_at"
"None" = ""
```

## Rules graded otherwise

A rule may have another severity for one force for a time: a query that is an error there, or an error that is only a
query while a system is being replaced. It stands at the end of the file, once for each rule, for every book or for one.

```toml
[[regrade]]
rule = "A039"                                 # its code or its name; collate rules lists them
severity = "note"                             # error holds the row, query asks, note only tells
reason = "Days lost are counted in hours until the new system comes."
by = "J. Smith, data quality"                 # who answers for it
until = 2027-03-31                            # the last day it holds, a year away at most
book = "crime"                                # may be left out
```

A re-grade never hides: the finding stands in every list, and every receipt says which rules are graded otherwise, why,
by whom and until when. Past its last day it falls away by itself, and `collate status` says so. What nothing can be
counted without (the force, the book, the reference, the date, in the crime book an offence) stays an error, and so does
what becomes of repeated rows. The form of the references (A064) may be re-graded: a reference in another form is one
still. A rule that looks at more than one record never holds any. Try it first:
`collate rules preview --forces FOLDER` says which rows of the archive it would hold or release.

## The fields

Required in every book: {required}. The crime book also needs `offence_code` or `offence_title`. What each
field means and the meaning of the codes is in the [data dictionary](../README.md).
"""

KINDS = {
    "date": "a date",
    "time": "a time of day",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "yes or no",
}


def guide() -> str:
    """Return the guide to force files as a Markdown page."""
    books = ", ".join(f"`[{code.code}]` ({code.meaning[0].lower()}{code.meaning[1:]})" for code in BOOK.codes)
    required = " and ".join(f"`{declared.name}`" for declared in ASSAULT.given if declared.required)
    fields = "\n".join(field_lines())
    return "\n".join(
        [OPENING, BOOK_KEYS.format(books=books), FIELD_KEYS.replace("{required}", required), fields, ""]
    )


def field_lines() -> Iterator[str]:
    """Yield the lines of a table of the fields a force can give and what each takes."""
    yield row("field", "takes")
    yield row("---", "---")
    for declared in ASSAULT.given:
        yield row(f"`{declared.name}`", takes(declared))


def takes(declared: Field) -> str:
    """Return what values a field takes, in the words of someone writing a force file."""
    if declared.codes is not None:
        each = "several of " if declared.type == "list" else ""
        return each + ", ".join(f"`{code}`" for code in declared.codes)
    if declared.pseudonym:
        return "the collar number, kept as a pseudonym"
    return KINDS.get(declared.type, "text, as the force words it")
