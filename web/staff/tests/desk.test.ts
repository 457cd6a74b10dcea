import { flushPromises, mount } from '@vue/test-utils'
import { createPinia, setActivePinia } from 'pinia'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { createMemoryHistory, createRouter } from 'vue-router'

import type { BoxFigures, Clock, Me, TaskItem, Words } from '../src/api/types'
import ClocksPanel from '../src/case/ClocksPanel.vue'
import Figures from '../src/desk/Figures.vue'
import { i18n } from '../src/i18n'
import HandOverPage from '../src/pages/HandOverPage.vue'
import InboxPage from '../src/pages/InboxPage.vue'
import { useSession } from '../src/session'
import { useWords } from '../src/words'

const router = createRouter({ history: createMemoryHistory(), routes: [{ path: '/:all(.*)*', component: { template: '<p />' } }] })
const global = { plugins: [i18n, router] }
beforeEach(() => setActivePinia(createPinia()))

describe('the figures above a box', () => {
  const figures: BoxFigures = { over: 2, today: 0, week: 3, unread: 1, alerts: 4, cut: false, most: 999 }
  const draw = (more: Partial<BoxFigures> = {}, props = {}) => mount(Figures, { props: { figures: { ...figures, ...more }, due: '', unread: false, ...props }, global })

  it('narrow when pressed and let go when pressed again', async () => {
    const free = draw()
    await free.find('[data-figure=over]').trigger('click')
    expect(free.emitted('due')).toEqual([['over']])
    const held = draw({}, { due: 'over', unread: true })
    expect(held.find('[data-figure=over]').attributes('aria-pressed')).toBe('true')
    await held.find('[data-figure=over]').trigger('click')
    await held.find('[data-figure=unread]').trigger('click')
    expect(held.emitted('due')).toEqual([[null]])
    expect(held.emitted('unread')).toEqual([[false]])
  })

  it('say that there are more than were counted, and nothing of alerts to whom they are no business', () => {
    const cut = draw({ cut: true, alerts: null })
    expect(cut.find('[data-figure=week] strong').text()).toBe('3+')
    expect(cut.find('[data-figure=today] strong').text()).toBe('0')
    expect(cut.find('[data-figure=alerts]').exists()).toBe(false)
  })
})

describe('a clock', () => {
  it('tells each day that counts, does not count or stands still, and why', () => {
    const span = (first: string, days: number, reason: string) => ({ first, last: first, days, reason, article: null })
    const clock = {
      id: '1', name: '立案审批', status: 'running', started: '2026-03-02', length: '七日', due: '2026-03-09', due_at: '2099-03-09T15:59:59Z', closed_at: null, reason: null, statutory: true, article: '', basis: '',
      unconfirmed: ['工作日历尚未公布'], ignored: [], counted: [span('2026-03-03', 4, '计入')], skipped: [span('2026-03-07', 1, '周六')], paused: [span('2026-03-05', 1, '停表:听证')],
    } as unknown as Clock
    const text = mount(ClocksPanel, { props: { clocks: [clock], steps: {} }, global: { ...global, stubs: { LawDrawer: true } } }).text()
    for (const one of ['立案审批', '2026-03-07', '周六', '停表:听证', '工作日历尚未公布']) expect(text).toContain(one)
  })
})

/** What the server answers, by path. */
function answering(answers: Record<string, unknown>): void {
  vi.stubGlobal('fetch', (request: Request) => {
    const path = new URL(request.url).pathname.replace('/api/staff', '')
    return Promise.resolve(new Response(JSON.stringify(answers[path] ?? {}), { headers: { 'Content-Type': 'application/json' } }))
  })
}

describe('a row of the inbox', () => {
  const row = (id: string, held: TaskItem['held']): TaskItem => ({
    id, case_id: 'c', instance_id: 'i', agency_id: 1, category: '01', element: 'look', name: `勘验${id}`, process_key: 'p', title: '题', role: 'officer', status: 'open', claimed_by: null, claimed_at: null, due_at: null,
    created_at: '2026-03-02T00:00:00Z', closed_at: null, version: 1, has_draft: false, case_number: null, seen: true, bulk: false, clock: null, held,
  }) as TaskItem

  it('says in words that its process stands still, since when and why', async () => {
    answering({
      '/tasks': { items: [row('1', null), row('2', { state: 'suspended', at: '2026-03-03T01:30:00Z', reason: '等检测报告' }), row('3', { state: 'incident', at: null, reason: null })], next: null },
      '/desk': { columns: {} }, '/filters': [],
    })
    useSession().me = { id: 'o', roles: [], verbs: ['task.claim'] } as unknown as Me
    await router.push('/inbox')
    const page = mount(InboxPage, { global })
    await vi.waitFor(() => expect(page.findAll('[data-task]')).toHaveLength(3), 20_000)
    const mark = (id: string) => page.find(`[data-task="${id}"] .held`)
    expect(mark('1').exists()).toBe(false)
    expect(mark('2').text()).toBe('已挂起')
    expect(mark('2').attributes('title')).toContain('2026-03-03 09:30 挂起:等检测报告')
    expect(mark('3').text()).toBe('流程异常')
  })
})

describe('who leaves', () => {
  it('is found with his state though he is off duty already, while he holds work', async () => {
    const gone = { agency_id: 1, agency: '广州', status: '5', open: 2 }
    answering({
      '/officers': [{ id: 'a', name: '张伟', agency_id: 1 }],
      '/officers/left': [{ id: 'b', name: '王芳', ...gone }, { id: 'c', name: '黄敏', ...gone, agency_id: 2, agency: '天河', status: '1' }, { id: 'd', name: '李强', ...gone, status: '1' }],
    })
    useSession().me = { id: 'o', agency_id: 1, roles: [{ categories: ['01'] }], verbs: [] } as unknown as Me
    useWords().words = { codes: { OFFICER_STATUS: { 1: '在岗', 5: '退休' } } } as unknown as Words
    const page = mount(HandOverPage, { global })
    await flushPromises()
    await vi.waitFor(() => expect(page.find('#lv-who').exists()).toBe(true), 20_000)
    expect(page.findAll('#lv-who option').slice(1).map((one) => one.text())).toEqual(['王芳(退休,名下未办结 2 项)', '黄敏(已调往天河,名下未办结 2 项)', '李强(岗位授权已终止,名下未办结 2 项)', '张伟'])
    expect(page.findAll('fieldset label').map((one) => one.text())).toEqual(['张伟'])
  })
})
