// Kinds of permits and of what can be checked, in the order people look for them.
export const PERMITS = ['road_business', 'vehicle_transport', 'oversize', 'practitioner', 'waterway_business', 'ship_business', 'port_business', 'road_works', 'other'] as const
export const CHECKED = ['vehicle', 'party', 'practitioner', 'ship', 'project'] as const
export const STATUSES = ['valid', 'suspended', 'revoked', 'cancelled'] as const
