// What is asked and said before an act: several at once, what cannot be taken back, where a case goes back to, rows that say nothing.
import { flushPromises, mount } from '@vue/test-utils'
import { createPinia, setActivePinia } from 'pinia'
import { beforeEach, describe, expect, it, vi } from 'vitest'

import type { Action, TaskItem } from '../src/api/types'
import ActionsMenu from '../src/case/ActionsMenu.vue'
import FinalDialog from '../src/case/FinalDialog.vue'
import BulkDialog from '../src/desk/BulkDialog.vue'
import { i18n } from '../src/i18n'
import { useSession } from '../src/session'

interface Asked { path: string; method: string; body: Record<string, unknown>; key: string | null }
let asked: Asked[] = []
let answers: Record<string, unknown> = {}
let failing = ''

beforeEach(() => {
  document.body.innerHTML = ''
  setActivePinia(createPinia())
  asked = []
  answers = {}
  failing = ''
  vi.stubGlobal('fetch', async (request: Request) => {
    const path = new URL(request.url).pathname.replace('/api/staff', '')
    const body = request.method === 'GET' ? {} : ((await request.clone().json()) as Record<string, unknown>)
    asked.push({ path, method: request.method, body, key: request.headers.get('Idempotency-Key') })
    if (failing === path) throw new TypeError('network')
    return new Response(JSON.stringify(answers[path] ?? []), { headers: { 'Content-Type': 'application/json' } })
  })
})

const $ = (selector: string): HTMLElement => document.querySelector<HTMLElement>(selector)!
const plugins = [i18n, createPinia()]
async function type(selector: string, value: string): Promise<void> {
  const box = $(selector) as HTMLInputElement
  box.value = value
  box.dispatchEvent(new Event(box.tagName === 'SELECT' ? 'change' : 'input', { bubbles: true }))
  await flushPromises()
}
async function click(selector: string): Promise<void> {
  $(selector).click()
  await flushPromises()
}

const task = (id: string): TaskItem => ({ id, name: `任务${id}`, title: '题', case_number: null, element: 'e', process_key: 'p', role: 'officer', agency_id: 1, category: '01', bulk: false }) as unknown as TaskItem

describe('several tasks at once', () => {
  const hand = async (): Promise<ReturnType<typeof mount>> => {
    answers['/officers'] = [{ id: 'o2', name: '王芳' }]
    const page = mount(BulkDialog, { props: { act: 'hand', tasks: [task('1'), task('2')] }, global: { plugins }, attachTo: document.body })
    await flushPromises()
    await type('#b-to', 'o2')
    await type('#b-why', '出差')
    return page
  }

  it('is not run before it is said to whom and why', async () => {
    answers['/officers'] = [{ id: 'o2', name: '王芳' }]
    mount(BulkDialog, { props: { act: 'hand', tasks: [task('1')] }, global: { plugins }, attachTo: document.body })
    await flushPromises()
    expect($('[data-act=bulk-run]').hasAttribute('disabled')).toBe(true)
    await type('#b-to', 'o2')
    await type('#b-why', '  ')
    expect($('[data-act=bulk-run]').hasAttribute('disabled')).toBe(true)
  })

  it('lists the others with unit and certificate, and not oneself', async () => {
    const pinia = createPinia()
    setActivePinia(pinia)
    useSession().me = { id: 'o1', roles: [] } as never
    answers['/officers'] = [{ id: 'o1', name: '张伟', agency: '广州', certificate_no: '1', certificate: 'normal' }, { id: 'o2', name: '王芳', agency: '广州', certificate_no: '2', certificate: 'expired' }, { id: 'o3', name: '黄敏', agency: '广州', certificate_no: null, certificate: 'none' }]
    mount(BulkDialog, { props: { act: 'hand', tasks: [task('1')] }, global: { plugins: [i18n, pinia] }, attachTo: document.body })
    await flushPromises()
    expect([...document.querySelectorAll('#b-to option')].map((one) => one.textContent)).toEqual(['王芳 · 广州 · 证件已过期', '黄敏 · 广州'])
  })

  it('says of each beforehand whether it can be, and forgets that when something is changed', async () => {
    await hand()
    answers['/tasks/hand-over-all/plan'] = { items: [{ id: '1', why_not: null }, { id: '2', why_not: '已由他人签收' }] }
    await click('[data-act=bulk-plan]')
    expect(document.querySelectorAll('[data-result=ok]')).toHaveLength(1)
    expect($('[data-result=no]').textContent).toContain('已由他人签收')
    await type('#b-why', '休假')
    expect(document.querySelector('[data-result]')).toBeNull()
    expect(asked.filter((one) => one.path === '/tasks/hand-over-all')).toEqual([])
  })

  it('is the same act again after the line broke, and another once it is changed', async () => {
    const page = await hand()
    failing = '/tasks/hand-over-all'
    await click('[data-act=bulk-run]')
    expect($('.refusal').textContent).toContain('连接不上')
    expect(($('#b-why') as HTMLTextAreaElement).value).toBe('出差')
    await click('[data-act=bulk-run]')
    failing = ''
    answers['/tasks/hand-over-all'] = { items: [{ id: '1', why_not: null }, { id: '2', why_not: null }] }
    await type('#b-why', '休假')
    await click('[data-act=bulk-run]')
    const keys = asked.filter((one) => one.path === '/tasks/hand-over-all').map((one) => one.key)
    expect(keys[0]).toBe(keys[1])
    expect(keys[2]).not.toBe(keys[0])
    expect($('[data-part=summary]').textContent).toContain('2')
    expect(document.querySelector('[data-act=bulk-run]')).toBeNull()
    page.findComponent({ name: 'ElDialog' }).vm.$emit('close')
    expect(page.emitted('close')).toEqual([[true]])
  })

  it('is refused for steps of different kinds', async () => {
    mount(BulkDialog, { props: { act: 'complete', tasks: [task('1'), { ...task('2'), element: 'other' } as TaskItem] }, global: { plugins }, attachTo: document.body })
    await flushPromises()
    expect($('[role=alert]').textContent).toBeTruthy()
    expect($('[data-act=bulk-run]').hasAttribute('disabled')).toBe(true)
    expect(asked.some((one) => one.method === 'POST')).toBe(false)
  })
})

describe('what cannot be taken back', () => {
  it('is listed, with who is next, and done only when one is sure', async () => {
    const page = mount(FinalDialog, {
      props: { title: '办结', sure: '取案号并办结', lines: [{ about: '案号', text: '取一个案号' }], following: [{ kind: 'human', role: 'head', name: '审批', element: 'a' }, { kind: 'service', role: null, name: '取号', element: 'b' }] as never },
      global: { plugins }, attachTo: document.body,
    })
    await flushPromises()
    const text = $('[data-part=final]').textContent ?? ''
    expect(text).toContain('取一个案号')
    expect(text).toContain('审批')
    expect(text).not.toContain('取号')
    await click('.el-dialog__footer button')
    expect([page.emitted('close'), page.emitted('sure')]).toEqual([[[]], undefined])
    await click('[data-act=sure]')
    expect(page.emitted('sure')).toHaveLength(1)
  })
})

describe('a return to an earlier step', () => {
  const way = (why: string | null): object => (why ? { plan: null, why_not: why } : { plan: { lines: [] }, why_not: null })
  const back: Action = {
    key: 'return', name: '退回', path: '/tasks/1/return', plan: '/tasks/1/returns', effects: [{ about: '期限', text: '不停' }],
    inputs: [
      { key: 'target', name: '环节', kind: 'choice', required: true, choices: [{ code: 'a', name: '立案' }, { code: 'b', name: '调查' }] },
      { key: 'way', name: '方式', kind: 'choice', required: true, choices: [{ code: 'back_here', name: '办结后回到本环节' }, { code: 'through', name: '重新经过' }] },
      { key: 'reason', name: '理由', kind: 'longtext', required: true },
    ],
  } as unknown as Action

  async function opened(places: unknown): Promise<void> {
    answers['/tasks/1/returns'] = places
    const page = mount(ActionsMenu, { props: { actions: [back], agency: 1, category: '01' }, global: { plugins }, attachTo: document.body })
    page.findComponent({ name: 'ElDropdown' }).vm.$emit('command', back)
    await flushPromises()
  }

  it('goes to the nearest place that is not refused; a place that is refused cannot be chosen', async () => {
    await opened([{ target: 'a', back_here: way(null), through: way(null) }, { target: 'b', back_here: way('已送达'), through: way('已送达') }])
    expect(($('#a-target') as HTMLSelectElement).value).toBe('a')
    expect($('#a-target option[value=b]').hasAttribute('disabled')).toBe(true)
    await type('#a-reason', '笔录缺签名')
    expect($('[data-act=confirm-action]').hasAttribute('disabled')).toBe(false)
  })

  it('says what another target or way would do, and is barred where it is refused', async () => {
    await opened([{ target: 'a', back_here: way(null), through: way(null) }, { target: 'b', back_here: way(null), through: way('文书已经送达') }])
    await type('#a-reason', '笔录缺签名')
    await type('#a-target', 'b')
    expect($('[data-act=confirm-action]').hasAttribute('disabled')).toBe(false)
    await type('#a-way', 'through')
    expect($('[data-part=action] [role=alert]').textContent).toContain('文书已经送达')
    expect($('[data-act=confirm-action]').hasAttribute('disabled')).toBe(true)
    await type('#a-target', 'a')
    expect(document.querySelector('[data-part=action] [role=alert]')).toBeNull()
    await click('[data-act=confirm-action]')
    expect(asked.at(-1)).toMatchObject({ path: '/tasks/1/return', body: { target: 'a', way: 'through', reason: '笔录缺签名' } })
  })
})
