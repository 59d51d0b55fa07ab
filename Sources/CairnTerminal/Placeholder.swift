// CairnTerminal
