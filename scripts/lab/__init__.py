"""Python behind scripts/contract, scripts/crash-test and scripts/bench: the program is started as a user would start it
and judged from outside. Standard library only, so that nothing has to be installed to run it."""
