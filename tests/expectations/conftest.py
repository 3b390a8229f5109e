"""One context of Great Expectations for all tests of this folder: its import takes seconds."""

import pytest


@pytest.fixture(scope="session")
def batches():
    """Return what makes a pandas frame a batch that a suite can judge."""
    from expectations.suites import quiet_great_expectations

    quiet_great_expectations()
    import great_expectations as gx

    context = gx.get_context(mode="ephemeral")
    context.enable_analytics(False)
    context.variables.progress_bars = {"globally": False, "metric_calculations": False}
    asset = context.data_sources.add_pandas("tests").add_dataframe_asset("judged")
    whole = asset.add_batch_definition_whole_dataframe("all")
    return lambda frame: whole.get_batch({"dataframe": frame})
