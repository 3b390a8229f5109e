"""The sample forces, one module each: how its systems write what happened, and what goes wrong."""

from samples.forces import (
    avon_and_somerset,
    cumbria,
    devon_and_cornwall,
    gloucestershire,
    lancashire,
    norfolk,
    police_scotland,
    psni,
    staffordshire,
    suffolk,
    thames_valley,
    warwickshire,
    west_mercia,
    west_midlands,
)

FORCES = (
    avon_and_somerset,
    cumbria,
    devon_and_cornwall,
    gloucestershire,
    lancashire,
    norfolk,
    police_scotland,
    psni,
    staffordshire,
    suffolk,
    thames_valley,
    warwickshire,
    west_mercia,
    west_midlands,
)
