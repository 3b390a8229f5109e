"""Which forces lie beside each other, and which police in other forces' areas: where officers most often help out.

By the map of police force areas; the Severn bridges and the Dartford crossing count as borders. Nothing is decided by it:
it makes a question to two forces a little more or less likely (`transforms/across.py`).
"""

from __future__ import annotations

# Each border once.
BORDERS = {
    "cumbria": ("lancashire", "north_yorkshire", "durham", "northumbria", "police_scotland"),
    "northumbria": ("durham", "police_scotland"),
    "durham": ("cleveland", "north_yorkshire"),
    "cleveland": ("north_yorkshire",),
    "north_yorkshire": ("lancashire", "west_yorkshire", "south_yorkshire", "humberside"),
    "west_yorkshire": ("lancashire", "greater_manchester", "derbyshire", "south_yorkshire"),
    "south_yorkshire": ("derbyshire", "nottinghamshire", "humberside"),
    "humberside": ("lincolnshire", "nottinghamshire"),
    "lancashire": ("merseyside", "greater_manchester"),
    "merseyside": ("greater_manchester", "cheshire"),
    "greater_manchester": ("cheshire", "derbyshire"),
    "cheshire": ("derbyshire", "staffordshire", "west_mercia", "north_wales"),
    "derbyshire": ("nottinghamshire", "leicestershire", "staffordshire"),
    "nottinghamshire": ("lincolnshire", "leicestershire"),
    "lincolnshire": ("leicestershire", "northamptonshire", "cambridgeshire", "norfolk"),
    "leicestershire": ("northamptonshire", "warwickshire", "staffordshire", "cambridgeshire"),
    "staffordshire": ("west_midlands", "warwickshire", "west_mercia"),
    "west_midlands": ("warwickshire", "west_mercia"),
    "west_mercia": ("warwickshire", "gloucestershire", "gwent", "dyfed_powys", "north_wales"),
    "warwickshire": ("northamptonshire", "thames_valley", "gloucestershire"),
    "northamptonshire": ("thames_valley", "bedfordshire", "cambridgeshire"),
    "cambridgeshire": ("bedfordshire", "hertfordshire", "essex", "suffolk", "norfolk"),
    "norfolk": ("suffolk",),
    "suffolk": ("essex",),
    "essex": ("hertfordshire", "metropolitan", "kent"),
    "hertfordshire": ("bedfordshire", "thames_valley", "metropolitan"),
    "bedfordshire": ("thames_valley",),
    "thames_valley": ("metropolitan", "surrey", "hampshire", "wiltshire", "gloucestershire"),
    "metropolitan": ("city_of_london", "kent", "surrey"),
    "surrey": ("kent", "sussex", "hampshire"),
    "kent": ("sussex",),
    "sussex": ("hampshire",),
    "hampshire": ("dorset", "wiltshire"),
    "dorset": ("wiltshire", "avon_and_somerset", "devon_and_cornwall"),
    "wiltshire": ("gloucestershire", "avon_and_somerset"),
    "avon_and_somerset": ("gloucestershire", "devon_and_cornwall", "gwent"),
    "gloucestershire": ("gwent",),
    "gwent": ("south_wales", "dyfed_powys"),
    "south_wales": ("dyfed_powys",),
    "dyfed_powys": ("north_wales",),
}

# They police railways, bases and nuclear sites in everybody's area.
EVERYWHERE = ("btp", "cnc", "mdp")

NEIGHBOURS = frozenset(
    (one, other) if one < other else (other, one) for one, others in BORDERS.items() for other in others
)
