// CairnTrails
