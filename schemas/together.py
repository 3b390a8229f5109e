"""The rules of the assault table that look at several fields of one record, each told in its own words.

None of them holds a row: a record that contradicts itself can still be counted, and only its force knows which of
the two is right. What is only recalled of law or practice, not confirmed, is no rule here.
"""

from __future__ import annotations

from datetime import date, timedelta

from schemas.codes import CHARGED, CONSTABLES
from schemas.offences import EMERGENCY_WORKERS_ACT
from schemas.table import (
    AtLeast,
    AtMost,
    Constraint,
    Given,
    Is,
    IsNot,
    Needs,
    NotBefore,
    NotEarlierThan,
    NotLongAfter,
    NotTogether,
    Severity,
)

QUERY, NOTE = Severity.QUERY, Severity.NOTE

WITH_INJURY = ("constable_with_injury", "emergency_worker_with_injury")
WITHOUT_INJURY = ("constable_without_injury", "emergency_worker_without_injury")
OF_OTHERS = ("emergency_worker_with_injury", "emergency_worker_without_injury")

# Victims of the police who hold no office of constable, and so no rank and no Taser.
WITHOUT_RANK = ("pcso", "designated_officer", "police_staff", "contractor", "volunteer")
RANKS = (
    "constable",
    "sergeant",
    "inspector",
    "chief_inspector",
    "superintendent",
    "chief_superintendent",
    "chief_officer",
)

# Outcomes after which no court ever sees the offence. Taken into consideration (4), offender died (5) and another
# body (20) are not among them: there may have been a charge all the same.
UNCHARGED = (
    "2", "2A", "3", "3A", "6", "7", "8", "9", "10", "11", "12", "14", "15", "16", "17", "18", "21", "22",
)  # fmt: skip
OUT_OF_COURT = ("2", "2A", "3", "3A", "6", "8", "22")
NOT_FOR_ASSAULTS = ("7", "19")
OPEN = ("0",)

# Above this, and before this day, another rule asks already.
MOST_DAYS = 2000
LONG_AGO = NotEarlierThan().day

NOT_OFF_DUTY = IsNot("duty_status", ("off_duty",))

# When the classes of assault with injury on police were split from the general class 8N (Home Office Counting
# Rules), and since when a code is in use (Home Office notifiable offence list, April 2026).
CLASS_8S = date(2017, 4, 1)
CLASS_8T = date(2020, 4, 1)
STRANGULATION = date(2022, 6, 7)


def before(day: date) -> date:
    """Return the last day before something began."""
    return day - timedelta(days=1)


CHECK_BOTH = "Check both in your system; correct the one that is wrong and send the row again."
TREATED = (
    "Injuries are counted by level and by treatment; a victim who was treated for an injury that is not recorded is "
    "missing from the first."
)
HURT_OR_NOT = "Assaults with and without injury are two of the national figures; the record is now counted in one and told in the other."
COURT = (
    "Whether assaults are taken to court is asked of every force; a record that says yes and no is counted wrongly "
    "in one of the tables."
)
AGES = (
    "Length of service and age are compared with the workforce; one slip puts the victim into a wrong group."
)
OFF_DUTY = (
    "Assaults off duty are told apart from those on duty; equipment and crew belong to duty, so one of the two is "
    "probably wrong."
)
NOT_YET = "A date before the law or the code was there is nearly always a mistyped year, which moves the record to another year's figures."

TOGETHER: tuple[tuple[str, Constraint], ...] = (
    # The class of the offence, and the injury.
    (
        "injury",
        NotTogether(
            name="none_in_injury_class",
            conditions=(
                Is("measure", WITH_INJURY),
                IsNot("attempted", (True,)),
                # A crime with several victims may have hurt but one of them.
                AtMost("victim_number", 1),
                Is("injury", ("none",)),
            ),
            said="The offence is one of assault with injury, and the victim is recorded as not injured.",
            mend="Record the injury, or correct the offence if nobody was hurt; an attempt is to be worded as one.",
            why=HURT_OR_NOT,
        ),
    ),
    (
        "injury",
        NotTogether(
            name="severe_in_class_without",
            conditions=(Is("measure", WITHOUT_INJURY), Is("injury", ("severe",))),
            said="The offence is one of assault without injury, and the injury is severe.",
            mend="Check the offence and the level of the injury: one of them does not fit.",
            why=HURT_OR_NOT,
        ),
    ),
    (
        "injury",
        NotTogether(
            severity=NOTE,
            name="hurt_in_class_without",
            conditions=(Is("measure", WITHOUT_INJURY), Is("injury", ("minor", "injured"))),
            said="The offence is one of assault without injury, and the victim is recorded as injured.",
            mend="Check whether the offence should be one with injury. If the injury was trifling, nothing need be done.",
            why=HURT_OR_NOT,
        ),
    ),
    (
        "injury",
        NotTogether(
            name="fatal_in_assault_class",
            conditions=(Is("measure", (*WITH_INJURY, *WITHOUT_INJURY)), Is("injury", ("fatal",))),
            said="The injury is fatal, and the offence is an assault rather than a homicide.",
            mend="Check the level of the injury; if the victim died, check that the offence was changed.",
            why="A death belongs to the class of homicide and would be lost among the assaults.",
        ),
    ),
    (
        "outcome_type",
        NotTogether(
            name="mild_for_fatal",
            conditions=(Is("injury", ("fatal",)), Is("outcome_type", OUT_OF_COURT)),
            said="The injury is fatal, and the outcome is a caution or another way of ending a case out of court.",
            mend=CHECK_BOTH,
            why="No death is dealt with in that way, so the injury or the outcome is wrong, and the figures by it.",
        ),
    ),
    # The injury, and what came of it.
    (
        "treatment",
        NotTogether(
            name="hospital_without_injury",
            conditions=(
                Is("injury", ("none",)),
                IsNot("spat_at", (True,)),
                IsNot("weapon", ("bodily_fluid", "corrosive")),
                Is("treatment", ("hospital",)),
            ),
            said="The victim was treated in hospital, and no injury is recorded.",
            mend="Record the injury, or correct the treatment.",
            why=TREATED,
        ),
    ),
    (
        "treatment",
        NotTogether(
            severity=NOTE,
            name="first_aid_without_injury",
            conditions=(
                Is("injury", ("none",)),
                IsNot("spat_at", (True,)),
                IsNot("weapon", ("bodily_fluid", "corrosive")),
                Is("treatment", ("first_aid",)),
            ),
            said="The victim was given first aid, and no injury is recorded.",
            mend="Record the injury if there was one; if first aid was a precaution, nothing need be done.",
            why=TREATED,
        ),
    ),
    (
        "treatment",
        NotTogether(
            name="severe_untreated",
            conditions=(Is("injury", ("severe",)), Is("treatment", ("none",))),
            said="The injury is severe, and no treatment is recorded.",
            mend="Record the treatment, or correct the level of the injury; if treatment is not known, leave it blank.",
            why="No treatment recorded for a severe injury usually stands for not known, and not known is not none.",
        ),
    ),
    (
        "days_lost",
        NotTogether(
            severity=NOTE,
            name="lost_without_injury",
            conditions=(Is("injury", ("none",)), AtMost("days_lost", MOST_DAYS), AtLeast("days_lost", 1)),
            said="Working days were lost, and no injury is recorded.",
            mend="Record the injury if there was one; if the days were lost for another reason, such as shock, nothing need be done.",
            why="Days lost are compared with injuries; an injury that is not recorded makes assaults look lighter.",
        ),
    ),
    # Hate crime.
    (
        "hate_crime",
        NotTogether(
            name="strand_without_flag",
            conditions=(Given("hate_strands"), Is("hate_crime", (False,))),
            said="A strand of hate crime is given, and the record is flagged as no hate crime.",
            mend="Set the flag, or take the strand out.",
            why="Hate crime against officers is counted by the flag; this record would be left out.",
        ),
    ),
    (
        "hate_strands",
        Needs(
            severity=NOTE,
            name="missing_for_flag",
            conditions=(Is("hate_crime", (True,)),),
            said="The record is flagged as a hate crime, and no strand is given.",
            mend="Give the strand, if your system holds it.",
            why="Hate crime is published by strand; this record is only in the total.",
        ),
    ),
    # The outcome, the charge and the court.
    (
        "outcome_on",
        Needs(
            name="missing_for_charge",
            conditions=(Is("outcome_type", CHARGED),),
            said="The suspect is charged, and the outcome has no date.",
            mend="Give the date of the charge or summons.",
            why="Outcomes are also counted by the date they were recorded; without one the charge is in no period.",
        ),
    ),
    (
        "outcome_on",
        NotTogether(
            name="dated_while_open",
            conditions=(Is("outcome_type", OPEN), Given("outcome_on")),
            said="There is a date of the outcome, and no outcome yet.",
            mend="Give the outcome, or take the date out: the date of a last change is not the date of an outcome.",
            why="Outcomes are also counted by the date they were recorded; a date without an outcome counts nothing.",
        ),
    ),
    (
        "outcome_on",
        NotBefore(severity=NOTE, name="before_recorded", other="recorded_on"),
    ),
    (
        "charged_under",
        NotTogether(
            name="without_charge",
            conditions=(Is("outcome_type", UNCHARGED), Given("charged_under")),
            said="An Act is given under which the suspect was charged, and the outcome is not a charge.",
            mend="Correct the outcome, or leave the Act blank where nobody was charged.",
            why=COURT,
        ),
    ),
    (
        "charged_under",
        NotTogether(
            severity=NOTE,
            name="while_open",
            conditions=(Is("outcome_type", OPEN), Given("charged_under")),
            said="An Act is given under which the suspect was charged, and there is no outcome yet.",
            mend="Give the outcome if the suspect was charged.",
            why=COURT,
        ),
    ),
    (
        "sentence",
        NotTogether(
            name="without_charge",
            conditions=(Is("outcome_type", UNCHARGED), Given("sentence")),
            said="There is a result of the court, and the outcome is not a charge.",
            mend="Correct the outcome, or take the sentence out.",
            why=COURT,
        ),
    ),
    (
        "sentence",
        NotTogether(
            name="while_open",
            conditions=(Is("outcome_type", OPEN), Given("sentence")),
            said="There is a result of the court, and no outcome of the investigation yet.",
            mend="Give the outcome: a case before the court was charged or summonsed.",
            why=COURT,
        ),
    ),
    (
        "outcome_type",
        Needs(
            name="missing_for_sentence",
            conditions=(Given("sentence"),),
            said="There is a result of the court, and the outcome of the investigation is missing.",
            mend="Give the outcome: a case before the court was charged or summonsed.",
            why=COURT,
        ),
    ),
    (
        "outcome_type",
        NotTogether(
            name="not_for_assaults",
            conditions=(Given("offence_class"), Is("outcome_type", NOT_FOR_ASSAULTS)),
            said="The outcome is a cannabis or khat warning, or a report of fraud, and the offence is an assault.",
            mend="Check the outcome: 7 and 19 are not for assaults.",
            why="An outcome that an assault cannot have hides the one it had.",
        ),
    ),
    # The date recorded.
    (
        "recorded_on",
        # What is older is asked about by the date of the assault itself.
        NotLongAfter(since=LONG_AGO, other="occurred_on", days=365),
    ),
    # Who the victim is.
    (
        "victim_type",
        NotTogether(
            name="constable_in_other_class",
            conditions=(Is("measure", OF_OTHERS), Is("victim_type", CONSTABLES)),
            said="The offence is one on an emergency worker other than a constable, and the victim is a constable.",
            mend="Correct the offence to the one on a constable, or the victim's role.",
            why="The official figure of assaults on police is of constables; this record is not in it.",
        ),
    ),
    (
        "victim_type",
        NotTogether(
            severity=NOTE,
            name="constable_in_general_class",
            conditions=(
                Is("offence_class", ("105A",)),
                Is("measure", ("other",)),
                NOT_OFF_DUTY,
                Is("victim_type", CONSTABLES),
            ),
            said="The victim is a constable, and the offence is common assault on any person.",
            mend="If the constable was on duty, check whether the offence should be assault on a constable.",
            why="The official figure of assaults on police counts offences on a constable; this record is not in it.",
        ),
    ),
    (
        "victim_type",
        NotTogether(
            since=CLASS_8S,
            name="constable_in_general_injury_class",
            conditions=(Is("offence_class", ("8N",)), NOT_OFF_DUTY, Is("victim_type", CONSTABLES)),
            said="The victim is a constable, and the offence is in the general class 8N, assault with injury.",
            mend="If the constable was on duty, the class is 8S since 1 April 2017: correct the offence.",
            why="The official figure of assaults on police counts class 8S; this record is not in it.",
        ),
    ),
    (
        "rank",
        NotTogether(
            name="of_no_officer",
            conditions=(Is("victim_type", WITHOUT_RANK), Is("rank", RANKS)),
            said="The victim has a rank of police officers, and by role is not one.",
            mend="Correct the role or the rank; for staff and community support officers the rank does not apply.",
            why="Assaults are compared with the number of officers of each rank; one of the two puts this victim wrong.",
        ),
    ),
    (
        "rank",
        NotTogether(
            name="missing_of_officer",
            conditions=(Is("victim_type", CONSTABLES), Is("rank", ("not_applicable",))),
            said="The victim is an officer, and the rank is said not to apply.",
            mend="Give the rank, or correct the role; if the rank is not known, leave it blank.",
            why="Assaults are compared with the number of officers of each rank; this victim is in none.",
        ),
    ),
    (
        "rank",
        NotTogether(
            name="high_for_age",
            conditions=(Is("age_band", ("under_26",)), Is("rank", RANKS[4:])),
            said="The rank is superintendent or above, and the victim is 25 or under.",
            mend=CHECK_BOTH,
            why="Assaults are compared with the number of officers by rank and by age; one of the two is a slip.",
        ),
    ),
    (
        "length_of_service_years",
        NotTogether(
            name="long_for_student",
            conditions=(
                Is("victim_type", ("student_officer",)),
                AtLeast("length_of_service_years", 10),
            ),
            said="The victim is a student officer with ten years of service or more.",
            mend="Check the role and the length of service; years in another role of the police may have been counted.",
            why="Whether new officers are assaulted more often is asked by length of service.",
        ),
    ),
    *(
        (
            "length_of_service_years",
            NotTogether(
                name=f"long_for_age_{oldest}",
                conditions=(
                    Is("age_band", (band,)),
                    AtLeast("length_of_service_years", oldest - 15),
                ),
                said=f"The victim is {oldest} or younger, and has {oldest - 15} years of service or more.",
                mend=CHECK_BOTH,
                why=AGES,
            ),
        )
        for band, oldest in (("under_26", 25), ("age_26_to_40", 40), ("age_41_to_55", 55))
    ),
    (
        "ced_carried",
        NotTogether(
            name="by_no_officer",
            conditions=(Is("victim_type", WITHOUT_RANK), Is("ced_carried", (True,))),
            said="The victim carried a Taser, and by role is not an officer.",
            mend=CHECK_BOTH,
            why="Equipment is compared between officers; a Taser is only ever issued to officers.",
        ),
    ),
    # Off duty.
    (
        "crewing",
        NotTogether(
            name="off_duty",
            conditions=(Is("duty_status", ("off_duty",)), Is("crewing", ("double",))),
            said="The victim was off duty, and double crewed.",
            mend=f"{CHECK_BOTH} Off duty there is no crew.",
            why=OFF_DUTY,
        ),
    ),
    (
        "ced_carried",
        NotTogether(
            name="off_duty",
            conditions=(Is("duty_status", ("off_duty",)), Is("ced_carried", (True,))),
            said="The victim was off duty, and carried a Taser.",
            mend=CHECK_BOTH,
            why=OFF_DUTY,
        ),
    ),
    (
        "duty_status",
        NotTogether(
            severity=NOTE,
            name="charged_as_acting",
            conditions=(
                Is("charged_under", ("emergency_workers_2018",)),
                Is("duty_status", ("off_duty",)),
            ),
            said="The suspect was charged under the Act of 2018, and the victim was off duty.",
            mend="If the victim was acting as an emergency worker while off duty, record that, if your system can.",
            why="The Act covers a worker off duty only while acting as one (section 1(3)).",
        ),
    ),
    # The law, and since when there is one.
    (
        "charged_under",
        NotTogether(
            name="constable_as_designated",
            conditions=(Is("victim_type", CONSTABLES), Is("charged_under", ("police_reform_2002",))),
            said="The charge is assault on a designated or accredited person, and the victim is a constable.",
            mend="Check the Act and the victim's role: section 46 of the Police Reform Act 2002 is not for constables.",
            why="Which Act is used for whom is asked of every force.",
        ),
    ),
    (
        "charged_under",
        NotTogether(
            until=before(EMERGENCY_WORKERS_ACT),
            name="before_act",
            conditions=(Is("charged_under", ("emergency_workers_2018",)),),
            said="The charge is under the Act of 2018, which was not in force on the day of the assault.",
            mend="Check the date of the assault and the Act: it is for assaults from 13 November 2018.",
            why=NOT_YET,
        ),
    ),
    (
        "offence_code",
        NotTogether(
            until=before(EMERGENCY_WORKERS_ACT),
            name="before_act",
            conditions=(Is("offence_code", ("008/73",)),),
            said="The offence is under the Act of 2018, which was not in force on the day of the assault.",
            mend="Check the date of the assault and the code: 008/73 is for assaults from 13 November 2018.",
            why=NOT_YET,
        ),
    ),
    (
        "offence_code",
        NotTogether(
            until=before(STRANGULATION),
            name="before_strangulation",
            conditions=(Is("offence_code", ("008/77",)),),
            said="The offence is strangulation or suffocation, which had no code on the day of the assault.",
            mend="Check the date of the assault and the code: 008/77 is for assaults from 7 June 2022.",
            why=NOT_YET,
        ),
    ),
    (
        "offence_title",
        NotTogether(
            severity=NOTE,
            until=before(CLASS_8S),
            name="before_8s",
            conditions=(Is("offence_title", ("8S", "8s")),),
            said="The class given is 8S, which there was not on the day of the assault.",
            mend="Check the date of the assault. If it is right, nothing need be done: it is counted in class 8N.",
            why="Until 31 March 2017 such assaults were in the general class 8N: a break that every series must show.",
        ),
    ),
    (
        "offence_title",
        NotTogether(
            severity=NOTE,
            until=before(CLASS_8T),
            name="before_8t",
            conditions=(Is("offence_title", ("8T", "8t")),),
            said="The class given is 8T, which there was not on the day of the assault.",
            mend="Check the date of the assault. If it is right, nothing need be done: it is counted in class 8N.",
            why="Until 31 March 2020 such assaults were in the general class 8N: a break that every series must show.",
        ),
    ),
)
