// Every page of the client by what a person may do. The top bar has the daily ones, the drawer all of them.
export interface Entry {
  to: string
  name: string
  may: string
}

export const DAILY: Entry[] = [
  { to: '/watch', name: 'nav.watch', may: 'report.read' },
  { to: '/inbox', name: 'nav.inbox', may: 'task.claim' },
  { to: '/cases', name: 'nav.cases', may: 'case.search' },
  { to: '/alerts', name: 'nav.alerts', may: 'alert.read' },
  { to: '/law', name: 'nav.law', may: 'law.read' },
]

export const GROUPS: { name: string; entries: Entry[] }[] = [
  { name: 'menu.daily', entries: [...DAILY, { to: '/absences', name: 'nav.absence', may: 'absence.record' }, { to: '/absences/leaving', name: 'leaving.title', may: 'task.reassign' }, { to: '/news', name: 'nav.news', may: 'task.claim' }] },
  {
    name: 'menu.registers',
    entries: [
      { to: '/objects', name: 'objects.title', may: 'case.search' },
      { to: '/objects/watched', name: 'watched.title', may: 'case.search' },
      { to: '/parties', name: 'parties.title', may: 'case.search' },
      { to: '/checks', name: 'checks.title', may: 'object.check' },
      { to: '/property', name: 'property.title', may: 'property.read' },
      { to: '/property/differences', name: 'property.differences', may: 'property.read' },
      { to: '/clues', name: 'clues.title', may: 'case.search' },
      { to: '/clues/outcomes', name: 'clues.outcomes', may: 'report.read' },
      { to: '/inspections', name: 'inspections.title', may: 'inspection.read' },
      { to: '/inspections/lists', name: 'inspections.lists', may: 'inspection.read' },
      { to: '/inspections/experts', name: 'experts.title', may: 'inspection.read' },
      { to: '/dossiers', name: 'dossiers.title', may: 'dossier.read' },
      { to: '/dossiers/uses', name: 'dossiers.uses', may: 'dossier.grant' },
      { to: '/dossiers/mine', name: 'dossiers.mine', may: 'dossier.read' },
      { to: '/disposals', name: 'disposals.title', may: 'dossier.read' },
      { to: '/exports', name: 'exports.title', may: 'case.export' },
      { to: '/money', name: 'money.differences', may: 'money.read' },
      { to: '/money/day', name: 'money.day', may: 'money.read' },
      { to: '/money/refunds', name: 'money.refunds', may: 'money.read' },
      { to: '/money/offsets', name: 'money.offsets', may: 'money.read' },
    ],
  },
  {
    name: 'menu.rules',
    entries: [
      { to: '/law/items', name: 'items.title', may: 'law.read' },
      { to: '/law/deadlines', name: 'deadlines.title', may: 'law.read' },
      { to: '/law/risks', name: 'risks.title', may: 'law.read' },
      { to: '/law/calendar', name: 'calendar.title', may: 'law.read' },
      { to: '/law/imports', name: 'imports.title', may: 'law.import' },
      { to: '/law/parameters', name: 'parameters.title', may: 'release.read' },
      { to: '/law/recomputes', name: 'recomputes.title', may: 'clock.read' },
      { to: '/alerts/quality', name: 'quality.title', may: 'alert.quality' },
      { to: '/releases', name: 'releases.title', may: 'release.read' },
    ],
  },
  {
    name: 'menu.people',
    entries: [
      { to: '/exams/mine', name: 'exams.mine', may: 'exam.sit' },
      { to: '/exams', name: 'exams.title', may: 'exam.read' },
      { to: '/exams/questions', name: 'questions.title', may: 'question.manage' },
      { to: '/exams/templates', name: 'templates.title', may: 'question.manage' },
      { to: '/evaluations', name: 'evaluations.title', may: 'evaluation.read' },
      { to: '/training', name: 'courses.title', may: 'training.read' },
      { to: '/training/hours', name: 'hours.mine', may: 'training.read' },
    ],
  },
  {
    name: 'menu.outside',
    entries: [
      { to: '/devices', name: 'devices.title', may: 'device.read' },
      { to: '/devices/passes', name: 'passes.title', may: 'device.read' },
      { to: '/exchanges', name: 'exchanges.title', may: 'exchange.read' },
      { to: '/incidents', name: 'incidents.title', may: 'incident.list' },
    ],
  },
  {
    name: 'menu.admin',
    entries: [
      { to: '/audits', name: 'audits.title', may: 'audit.read' },
      { to: '/people', name: 'people.title', may: 'people.read' },
      { to: '/agencies', name: 'agencies.title', may: 'people.read' },
    ],
  },
]

export const allowed = (entry: Entry, may: ReadonlySet<string>): boolean => may.has(entry.may)
