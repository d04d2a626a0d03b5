"""Everything that runs the model: configs, ensembles, intervals, results, tables, figures, commands."""
