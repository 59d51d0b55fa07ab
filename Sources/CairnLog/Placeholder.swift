// CairnLog
