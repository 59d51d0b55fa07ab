// CairnCatalog
