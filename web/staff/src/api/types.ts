// Names for the parts of the contract that the client speaks of. Everything is generated from the server's OpenAPI.
import type { components, paths } from './schema'

type S = components['schemas']
export type Me = S['Me']
export type TaskItem = S['TaskItem']
export type Task = S['Task']
export type Filled = S['Filled']
export type Action = S['Action']
export type Ahead = S['Ahead']
export type Effect = S['Effect']
export type CaseItem = S['CaseItem']
export type CaseView = S['CaseView']
export type RelatedCase = S['RelatedCase']
export type Words = S['Words']
export type Counts = S['Counts']
export type BoxFigures = S['BoxFigures']
export type Stepped = S['Stepped']
export type ProblemBody = S['ProblemBody']
export type Process = S['Process']
export type Officer = S['Officer']
export type LawHit = S['LawHit']
export type EvidenceItem = S['EvidenceItem']
export type Upload = S['Upload']
export type Custody = S['Custody']
export type Demanded = S['Demanded']
export type Fact = S['Fact']

/** What a GET of this address answers: for bodies whose short names are taken more than once in the contract. */
export type AnswerOf<P extends keyof paths> = paths[P] extends { get: { responses: { 200: { content: { 'application/json': infer T } } } } } ? T : never

export type Answers = Record<string, unknown>

export type FieldType =
  | 'text' | 'longtext' | 'integer' | 'number' | 'money' | 'boolean' | 'date' | 'datetime' | 'duration' | 'code' | 'codes'
  | 'party' | 'vehicle' | 'officer' | 'officers' | 'agency' | 'evidence' | 'document' | 'violation' | 'signature'
  | 'address' | 'location' | 'table'

/** A field as `engine.forms.describe` draws it. */
export interface FormField {
  element: string
  name: string
  type: FieldType
  right: 'edit' | 'read'
  required: boolean | string
  visible: string | null
  hint?: string
  unit?: string
  personal?: string
  codes?: { code: string; name: string }[]
  columns?: FormField[]
}

export interface FormSection {
  name: string
  visible: string | null
  hint?: string
  fields: FormField[]
}

export interface Form {
  key: string
  name: string
  sections: FormSection[]
}

/** A period with its counting, as `engine.clocks` explains it. */
export interface Clock {
  id: string
  rule: string
  name: string
  article: string
  basis: string
  started: string
  length: string
  due: string
  due_at: string
  statutory: boolean
  remaining: number
  remaining_unit: string
  passed: boolean
  provisional: boolean
  status: 'running' | 'met' | 'breached' | 'closed'
  closed_at: string | null
  reason: string | null
  counted: Span[]
  skipped: Span[]
  paused: Span[]
  ignored: string[]
  unconfirmed: string[]
  /** Of one that runs: the ground on which it stands still, those on which it may be stopped, and how it may be lengthened. */
  standing?: string | null
  grounds?: { code: string; name: string; notice: string | null }[]
  extension?: { unit: string; longest: string | null; by: string } | null
}

export interface Span {
  first: string
  last: string
  days: number
  reason: string
  article: string
}

export interface Alert {
  id: string
  case_id: string | null
  kind: 'case' | 'clue' | null // of the record that it is about
  about: string | null // its number and name
  rule: string
  mode: string
  severity: 'critical' | 'high' | 'medium' | 'info'
  message: string
  article: string | null
  suggested_action: string | null
  unconfirmed: string | null
  status: 'open' | 'answered' | 'released' | 'false_alarm'
  raised_at: string
  reason: string | null
  closed_at: string | null
  closed_by_name: string | null
}

export interface Welcome {
  where: string // the node: its kind and the name of its agency
  fault: string
  demo: { password: string; people: { login: string; name: string; agency: string; roles: string[] }[] } | null
}

export type ReturnTarget = S['ReturnTarget']
export type Absence = S['Absence']
export type CaseMoney = S['CaseMoney']
export type PropertyRow = S['PropertyRow']
export type AbsencePlan = S['AbsencePlan']
export type SavedFilter = S['Filter']
export type Desk = S['OwnDesk']
export type NewsItem = S['News']
export type Supervision = S['Supervision']
export type SupervisedPeriod = S['Supervised']
export type BulkDone = S['BulkDone']
export type Watched = S['Watched']

/** What a move does (`Step.plan_move`). */
export interface Plan {
  cancelled: { name: string }[]
  opened: { name: string }[]
  clocks_closed: string[]
  papers_superseded: { name: string; number: string | null }[]
  papers_kept: { name: string; number: string | null }[]
  papers_revoked: { name: string; number: string | null }[]
  jobs_cancelled: { name: string }[]
}
