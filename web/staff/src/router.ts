import { createRouter, createWebHistory } from 'vue-router'

import { registers } from './registers'

export const router = createRouter({
  history: createWebHistory(),
  routes: [
    { path: '/', name: 'home', component: () => import('./pages/HomePage.vue') },
    { path: '/inbox', name: 'inbox', component: () => import('./pages/InboxPage.vue') },
    { path: '/cases', name: 'cases', component: () => import('./pages/CasesPage.vue') },
    { path: '/cases/:caseId', name: 'case', component: () => import('./pages/CasePage.vue'), props: true },
    { path: '/cases/:caseId/tasks/:taskId', name: 'task', component: () => import('./pages/CasePage.vue'), props: true },
    { path: '/start/:process?', name: 'start', component: () => import('./pages/StartPage.vue'), props: true },
    { path: '/watch', name: 'watch', component: () => import('./pages/WatchPage.vue') },
    { path: '/absences', name: 'absences', component: () => import('./pages/AbsencesPage.vue') },
    { path: '/absences/leaving', name: 'leaving', component: () => import('./pages/HandOverPage.vue') },
    { path: '/news', name: 'news', component: () => import('./pages/NewsPage.vue') },
    { path: '/alerts', name: 'alerts', component: () => import('./pages/AlertsPage.vue') },
    { path: '/law', name: 'law', component: () => import('./pages/LawPage.vue') },
    ...registers,
    { path: '/:rest(.*)', redirect: '/inbox' },
  ],
})
