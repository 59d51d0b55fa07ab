// CairnDocuments
