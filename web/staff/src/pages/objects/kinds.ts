// The four registers of supervised objects, told by what identifies each.
import { api, got } from '../../api/client'
import type { components } from '../../api/schema'

type S = components['schemas']
export type Kind = 'parties' | 'vehicles' | 'ships' | 'practitioners'
/** The register's own word for a kind → its page, and back. */
export const PAGE_OF: Record<string, Kind> = { party: 'parties', vehicle: 'vehicles', ship: 'ships', practitioner: 'practitioners' }
export const WORD_OF = { parties: 'party', vehicles: 'vehicle', ships: 'ship', practitioners: 'practitioner' } as const
export interface Found {
  kind: Kind
  id: string
  name: string
  identity: string
  permit: string
  agency_id: number
  category: string
  cases: number
}

const party = (r: Omit<S['Party'], 'cases'>): Omit<Found, 'cases'> => ({ kind: 'parties', id: r.id, name: r.name, identity: r.uscc ?? r.id_number ?? '', permit: r.operating_licence ?? '', agency_id: r.agency_id, category: r.category })
const vehicle = (r: S['VehicleRow']): Omit<Found, 'cases'> => ({ kind: 'vehicles', id: r.id, name: r.plate, identity: r.plate_color, permit: r.transport_permit ?? '', agency_id: r.agency_id, category: r.category })
const ship = (r: S['ShipRow']): Omit<Found, 'cases'> => ({ kind: 'ships', id: r.id, name: r.name, identity: r.mmsi ?? r.imo ?? '', permit: r.transport_permit ?? '', agency_id: r.agency_id, category: r.category })
const person = (r: S['PractitionerRow']): Omit<Found, 'cases'> => ({ kind: 'practitioners', id: r.id, name: r.name, identity: r.certificate_no ?? r.id_number ?? '', permit: r.certificate_until ?? '', agency_id: r.agency_id, category: r.category })

export async function search(by: string, term: string): Promise<Found[]> {
  const found = await got(api.GET('/api/staff/objects', { params: { query: { [by]: term } } }))
  const counted = <R extends { cases: unknown[] }>(rows: R[], as: (row: R) => Omit<Found, 'cases'>): Found[] => rows.map((row) => ({ ...as(row), cases: row.cases.length }))
  return [...counted(found.parties, party), ...counted(found.vehicles, vehicle), ...counted(found.ships, ship), ...counted(found.practitioners, person)]
}

export interface Opened {
  head: Omit<Found, 'cases'>
  row: Record<string, unknown>
  cases: S['CaseOfObject'][]
  belongs: Omit<Found, 'cases'>[]
  view: S['ObjectView']
}

/** The object with its permits and everything that happened to it. */
export async function opened(kind: Kind, id: string): Promise<Opened> {
  const [one, view] = await Promise.all([row(kind, id), got(api.GET('/api/staff/objects/{kind}/{object_id}/view', { params: { path: { kind: WORD_OF[kind], object_id: id }, query: { limit: 50 } } }))])
  return { ...one, view }
}

async function row(kind: Kind, id: string): Promise<Omit<Opened, 'view'>> {
  const params = { params: { path: { object_id: id } } }
  if (kind === 'parties') {
    const row = await got(api.GET('/api/staff/objects/parties/{object_id}', params))
    return { head: party(row), row: { ...row }, cases: row.cases, belongs: [...row.vehicles.map(vehicle), ...row.ships.map(ship), ...row.practitioners.map(person)] }
  }
  if (kind === 'vehicles') {
    const row = await got(api.GET('/api/staff/objects/vehicles/{object_id}', params))
    return { head: vehicle(row), row: { ...row }, cases: row.cases, belongs: [] }
  }
  if (kind === 'ships') {
    const row = await got(api.GET('/api/staff/objects/ships/{object_id}', params))
    return { head: ship(row), row: { ...row }, cases: row.cases, belongs: [] }
  }
  const row = await got(api.GET('/api/staff/objects/practitioners/{object_id}', params))
  return { head: person(row), row: { ...row }, cases: row.cases, belongs: [] }
}
