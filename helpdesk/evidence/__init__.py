"""Evidence packs: a case exported so that whoever receives it can check by themselves that nothing was changed."""
