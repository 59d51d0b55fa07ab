// CairnDelivery
