// CairnTopics
