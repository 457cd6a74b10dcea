// Addresses of the registers, of the tasks of people processes, of the rulebook and of administration; each page comes when asked for.
import type { RouteRecordRaw } from 'vue-router'

export const registers: RouteRecordRaw[] = [
  { path: '/objects', component: () => import('./pages/objects/ObjectsPage.vue') },
  { path: '/objects/:kind(parties|vehicles|ships|practitioners)/:id', component: () => import('./pages/objects/ObjectPage.vue'), props: true },

  { path: '/clues', component: () => import('./pages/clues/CluesPage.vue') },
  { path: '/clues/outcomes', component: () => import('./pages/clues/OutcomesPage.vue') },
  { path: '/clues/:id/similar', component: () => import('./pages/clues/SimilarPage.vue'), props: true },
  { path: '/inspections', component: () => import('./pages/inspections/PlansPage.vue') },
  { path: '/inspections/lists', component: () => import('./pages/inspections/ListsPage.vue') },
  { path: '/inspections/draws/:id', component: () => import('./pages/inspections/DrawPage.vue'), props: true },
  { path: '/inspections/:id', component: () => import('./pages/inspections/PlanPage.vue'), props: true },
  { path: '/money', component: () => import('./pages/money/DifferencesPage.vue') },
  { path: '/money/day', component: () => import('./pages/money/DayPage.vue') },
  { path: '/money/refunds', component: () => import('./pages/money/RefundsPage.vue') },
  { path: '/money/cases/:id', component: () => import('./pages/money/CaseMoneyPage.vue'), props: true },

  { path: '/law/items', component: () => import('./pages/rules/ItemsPage.vue') },
  { path: '/law/items/:id', component: () => import('./pages/rules/ItemPage.vue'), props: true },
  { path: '/law/deadlines', component: () => import('./pages/rules/DeadlinesPage.vue') },
  { path: '/law/risks', component: () => import('./pages/rules/RisksPage.vue') },
  { path: '/law/calendar', component: () => import('./pages/rules/CalendarPage.vue') },
  { path: '/law/imports', component: () => import('./pages/rules/ImportsPage.vue') },
  { path: '/law/imports/:id', component: () => import('./pages/rules/ImportPage.vue'), props: true },
  { path: '/law/parameters', component: () => import('./pages/rules/ParametersPage.vue') },
  { path: '/law/recomputes', component: () => import('./pages/rules/RecomputesPage.vue') },
  { path: '/law/recomputes/:id', component: () => import('./pages/rules/MovedPage.vue'), props: true },
  { path: '/alerts/quality', component: () => import('./pages/rules/QualityPage.vue') },
  { path: '/releases', component: () => import('./pages/rules/ReleasesPage.vue') },

  { path: '/exams', component: () => import('./pages/exams/ExamsPage.vue') },
  { path: '/exams/mine', component: () => import('./pages/exams/MyExamsPage.vue') },
  { path: '/exams/sittings/:id', component: () => import('./pages/exams/SittingPage.vue'), props: true },
  { path: '/exams/questions', component: () => import('./pages/exams/QuestionsPage.vue') },
  { path: '/exams/templates', component: () => import('./pages/exams/TemplatesPage.vue') },
  { path: '/exams/:id/room', component: () => import('./pages/exams/RoomPage.vue'), props: true },
  { path: '/exams/:id/scripts', component: () => import('./pages/exams/ScriptsPage.vue'), props: true },
  { path: '/training', component: () => import('./pages/exams/CoursesPage.vue') },
  { path: '/training/hours/:id?', component: () => import('./pages/exams/HoursPage.vue'), props: true },

  { path: '/devices', component: () => import('./pages/operations/DevicesPage.vue') },
  { path: '/devices/passes', component: () => import('./pages/operations/PassesPage.vue') },
  { path: '/exchanges', component: () => import('./pages/operations/ExchangesPage.vue') },
  { path: '/exchanges/:id', component: () => import('./pages/operations/ExchangePage.vue'), props: true },
  { path: '/incidents', component: () => import('./pages/operations/IncidentsPage.vue') },

  { path: '/people', component: () => import('./pages/admin/PeoplePage.vue') },
  { path: '/people/:id', component: () => import('./pages/admin/PersonPage.vue'), props: true },
  { path: '/agencies', component: () => import('./pages/admin/AgenciesPage.vue') },
  { path: '/audits', component: () => import('./pages/admin/AuditsPage.vue') },
]
