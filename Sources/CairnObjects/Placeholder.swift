// CairnObjects
