// CairnTestKit
