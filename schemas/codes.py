"""The code lists. Every code has a meaning, every list the source it was taken from."""

from __future__ import annotations

from schemas.table import Code, CodeList


def codes(name: str, source: str, **meanings: str) -> CodeList:
    """Return a code list from its codes and meanings, in the order written."""
    return CodeList(name, source, tuple(Code(code, meaning) for code, meaning in meanings.items()))


BOOK = codes(
    "book",
    "The three records a force may keep of one assault; never added together.",
    crime="Crime record under the Home Office Counting Rules",
    health_safety="Health and safety or HR report of an injury or assault at work",
    use_of_force="Use of force form that reports an assault on the officer",
)

VICTIM_TYPE = codes(
    "victim_type",
    "Roles of the Police Reform Act 2002 and of section 3 of the Assaults on Emergency Workers (Offences) "
    "Act 2018.",
    police_officer="Police officer of the force",
    student_officer="Student officer (holds the office of constable)",
    special_constable="Special constable (holds the office of constable)",
    pcso="Police community support officer",
    designated_officer="Designated officer (detention, escort or investigating officer)",
    police_staff="Other police staff",
    contractor="Contractor working for the force",
    volunteer="Police support volunteer",
    other_force_officer="Police officer of another force",
    other_emergency_worker="Emergency worker who is not of the police (health, fire, prison)",
    unknown="Recorded as not known",
)

CONSTABLES = ("police_officer", "student_officer", "special_constable", "other_force_officer")
POLICE_PERSONNEL = (
    "police_officer",
    "student_officer",
    "special_constable",
    "pcso",
    "designated_officer",
    "police_staff",
    "other_force_officer",
)

RANK = codes(
    "rank",
    "Ranks of the Home Office police workforce tables.",
    constable="Constable",
    sergeant="Sergeant",
    inspector="Inspector",
    chief_inspector="Chief inspector",
    superintendent="Superintendent",
    chief_superintendent="Chief superintendent",
    chief_officer="Chief officer (assistant chief constable and above)",
    not_applicable="No rank: the victim is not an officer",
    unknown="Recorded as not known",
)

SEX = codes(
    "sex",
    "POLE data standards (NPCC, 2023), person sex.",
    female="Female",
    male="Male",
    other="Recorded as neither female nor male",
    unknown="Recorded as not known",
)

AGE_BAND = codes(
    "age_band",
    "Age bands of the Home Office police workforce tables, with 18 to 25 for 'under 26'.",
    under_26="25 or under",
    age_26_to_40="26 to 40",
    age_41_to_55="41 to 55",
    over_55="56 or over",
    unknown="Recorded as not known",
)

DUTY_STATUS = codes(
    "duty_status",
    "Section 1(3) of the Assaults on Emergency Workers (Offences) Act 2018 covers a worker acting as such "
    "off duty.",
    on_duty="On duty",
    off_duty="Off duty",
    off_duty_acting="Off duty but acting as an emergency worker",
    unknown="Recorded as not known",
)

CREWING = codes(
    "crewing",
    "NPCC and College of Policing Officer and Staff Safety Review, 2020.",
    single="Alone",
    double="With one colleague",
    other="With more than one colleague, or another arrangement",
    unknown="Recorded as not known",
)

INJURY = codes(
    "injury",
    "Degrees of injury of the Home Office use of force returns, with 'injured' where the degree is not "
    "recorded.",
    none="No injury",
    minor="Minor injury",
    severe="Severe injury",
    fatal="Fatal injury",
    injured="Injured; how badly is not recorded",
    unknown="Recorded as not known",
)

INJURED = ("minor", "severe", "fatal", "injured")

TREATMENT = codes(
    "treatment",
    "Questions forces answer in replies under the Freedom of Information Act 2000.",
    none="No treatment",
    first_aid="First aid, or treated at the scene",
    hospital="Hospital treatment",
    unknown="Recorded as not known",
)

WEAPON = codes(
    "weapon",
    "Threat types of the Home Office use of force returns.",
    none="No weapon but the body",
    knife="Knife or other blade",
    firearm="Firearm, or imitation firearm",
    vehicle="Vehicle",
    blunt="Blunt object",
    bottle_or_glass="Bottle or glass",
    corrosive="Corrosive substance",
    dog="Dog or other animal",
    thrown_object="Thrown object",
    bodily_fluid="Blood, urine or other bodily fluid",
    other="Another weapon",
    unknown="Recorded as not known",
)

LOCATION_TYPE = codes(
    "location_type",
    "Locations of the Home Office use of force returns.",
    street="Street or highway",
    dwelling="Dwelling",
    licensed_premises="Licensed premises",
    shop="Shop or other retail premises",
    custody="Custody suite or cell block",
    police_station="Police station, outside custody",
    police_vehicle="Police vehicle",
    hospital="Hospital or other medical setting, mental health included",
    education="School, college or university",
    transport="Public transport, station or airport",
    prison="Prison or other secure establishment",
    sports_or_event="Sports ground, stadium or event",
    open_ground="Open ground, park or car park",
    other="Another place",
    unknown="Recorded as not known",
)

HATE_STRAND = codes(
    "hate_strand",
    "The five monitored strands of hate crime (College of Policing, Hate crime operational guidance).",
    race="Race or ethnicity",
    religion="Religion or belief",
    sexual_orientation="Sexual orientation",
    disability="Disability",
    transgender="Transgender identity",
)

IMPACT_FACTOR = codes(
    "impact_factor",
    "Impact factors of the Home Office use of force returns.",
    alcohol="Alcohol",
    drugs="Drugs",
    mental_health="Mental health",
    prior_knowledge="Prior knowledge of the suspect",
    size_gender_build="Size, gender or build",
    acute_behavioural_disturbance="Acute behavioural disturbance",
    crowd="Crowd",
    weapon_possessed="Possession of a weapon",
    domestic="Domestic incident",
    gang="Gang or organised crime",
    other="Another factor",
)

BODY_WORN_VIDEO = codes(
    "body_worn_video",
    "West Midlands Police 10-point plan: video as deterrent and as evidence.",
    recording="Worn and recording",
    worn_not_recording="Worn and not recording",
    not_worn="Not worn",
    unknown="Recorded as not known",
)

MEASURE = codes(
    "measure",
    "Recorded crime classes 8S, 104, 8T and the emergency worker part of 105A (Home Office Counting Rules).",
    constable_with_injury="Assault with injury on a constable (8S)",
    constable_without_injury="Assault without injury on a constable (104)",
    emergency_worker_with_injury="Assault with injury on an emergency worker other than a constable (8T)",
    emergency_worker_without_injury="Assault without injury on an emergency worker other than a constable "
    "(105A)",
    other="An offence outside these four",
)

CHARGED_UNDER = codes(
    "charged_under",
    "Acts named in the Home Office notifiable offence list, April 2026.",
    emergency_workers_2018="Assaults on Emergency Workers (Offences) Act 2018",
    police_act_1996="Police Act 1996, section 89",
    offences_against_person_1861="Offences against the Person Act 1861",
    criminal_justice_1988="Criminal Justice Act 1988, section 39",
    police_reform_2002="Police Reform Act 2002, section 46",
    police_fire_reform_scotland_2012="Police and Fire Reform (Scotland) Act 2012, section 90",
    police_northern_ireland_1998="Police (Northern Ireland) Act 1998, section 66",
    other="Another Act, or common law",
)

SENTENCE = codes(
    "sentence",
    "Outcomes of the Ministry of Justice criminal court statistics.",
    immediate_custody="Immediate custody",
    suspended_sentence="Suspended sentence",
    community_sentence="Community sentence",
    fine="Fine",
    compensation="Compensation as the main sentence",
    discharge="Absolute or conditional discharge",
    otherwise_dealt_with="Otherwise dealt with",
    not_guilty="Acquitted, or the case was dropped",
    awaited="Court outcome awaited",
)

OUTCOME_TYPE = CodeList(
    "outcome_type",
    "Home Office outcomes framework, types 1 to 22. 0 is no outcome yet and enters no total; 1A, 2A and 3A "
    "(alternate offence) are subsets of 1, 2 and 3.",
    (
        Code("0", "Not yet assigned an outcome"),
        Code("1", "Charged or summonsed"),
        Code("1A", "Charged or summonsed for an alternate offence"),
        Code("2", "Youth caution"),
        Code("2A", "Youth caution for an alternate offence"),
        Code("3", "Adult caution"),
        Code("3A", "Adult caution for an alternate offence"),
        Code("4", "Taken into consideration"),
        Code("5", "Offender died"),
        Code("6", "Penalty notice for disorder"),
        Code("7", "Cannabis or khat warning"),
        Code("8", "Community resolution"),
        Code("9", "Prosecution not in the public interest (CPS)"),
        Code("10", "Formal action not in the public interest (police)"),
        Code("11", "Suspect under the age of criminal responsibility"),
        Code("12", "Suspect too ill to prosecute"),
        Code("13", "Victim or key witness dead or too ill"),
        Code("14", "Suspect not identified; victim does not support action"),
        Code("15", "Suspect identified; victim supports; evidential difficulties"),
        Code("16", "Suspect identified; victim does not support action"),
        Code("17", "Prosecution time limit expired"),
        Code("18", "Investigation complete; no suspect identified"),
        Code("19", "Passed to the National Fraud Intelligence Bureau"),
        Code("20", "Other body has taken primacy"),
        Code("21", "Further investigation not in the public interest"),
        Code("22", "Diversionary, educational or intervention activity"),
    ),
)

NO_OUTCOME = ("0",)
CHARGED = ("1", "1A")
ALTERNATE_OUTCOMES = {"1A": "1", "2A": "2", "3A": "3"}

PLAN = codes(
    "plan",
    "Plans in use among forces; the order of steps differs between them.",
    seven_point="Seven Point Plan",
    eight_point="8-point plan",
    nine_point="9-point plan",
    ten_point="10-point plan",
)

PLAN_STEP = codes(
    "plan_step",
    "Steps seen in force and NPCC documents; the official order of the seven is not confirmed, so none is "
    "given.",
    same_standard="Investigated to the same standard as for any member of the public",
    victims_code="Victims' Code applied",
    not_own_investigator="The victim does not investigate the assault",
    supervisor_contact="Supervisor speaks to the victim as soon as practical, preferably within 24 hours",
    best_evidence="Best evidence presented, the victim personal statement included",
    senior_leader_informed="Chief officer or senior leader informed",
    health_safety_report="Health and safety report completed and cross-referenced to the crime",
    daily_management_meeting="Raised at the daily management meeting",
    federation_notified="Federation or union notified",
    hate_crime_alike="Hate crime against the victim treated like any other",
)
