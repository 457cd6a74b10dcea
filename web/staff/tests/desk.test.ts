import { mount } from '@vue/test-utils'
import { createPinia, setActivePinia } from 'pinia'
import { beforeEach, describe, expect, it } from 'vitest'
import { createMemoryHistory, createRouter } from 'vue-router'

import type { BoxFigures, Clock } from '../src/api/types'
import ClocksPanel from '../src/case/ClocksPanel.vue'
import Figures from '../src/desk/Figures.vue'
import { i18n } from '../src/i18n'

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
