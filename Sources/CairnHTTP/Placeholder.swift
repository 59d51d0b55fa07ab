// CairnHTTP
