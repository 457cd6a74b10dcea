import { flushPromises, mount } from '@vue/test-utils'
import { createPinia, setActivePinia } from 'pinia'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { createMemoryHistory, createRouter } from 'vue-router'

import { Problem } from '../src/api/problem'
import { i18n } from '../src/i18n'
import ActButton from '../src/lists/ActButton.vue'
import type { Act, Column, Filter, Paged, Query } from '../src/lists/kinds'
import { usePaged } from '../src/lists/paged'
import RegisterList from '../src/lists/RegisterList.vue'

interface Row {
  id: string
  name: string
}
const columns: Column<Row>[] = [{ key: 'name', label: 'objects.name', text: (r) => r.name }]
const filters: Filter[] = [
  { name: 'term', kind: 'search', label: 'objects.term' },
  { name: 'state', kind: 'select', label: 'cases.status', any: 'cases.anyStatus', options: [{ value: 'open', label: 'open' }] },
]

async function shown(load: (query: Query, after?: string) => Promise<Paged<Row>>, at = '/here', more: object = {}) {
  const router = createRouter({ history: createMemoryHistory(), routes: [{ path: '/:rest(.*)', component: { template: '<i/>' } }] })
  await router.push(at)
  const page = mount(RegisterList as never, {
    props: { title: 'T', columns, filters, load, rowKey: (r: Row) => r.id, open: (r: Row) => `/rows/${r.id}`, ...more } as never,
    global: { plugins: [router, i18n, createPinia()] }, attachTo: document.body,
  })
  await flushPromises()
  return { page, router }
}

beforeEach(() => {
  document.body.innerHTML = ''
  setActivePinia(createPinia())
})

describe('a register as a list', () => {
  it('asks what the address says, and puts what is asked into the address', async () => {
    const load = vi.fn((): Promise<Paged<Row>> => Promise.resolve({ items: [], next: null }))
    const { page, router } = await shown(load, '/here?state=open')
    expect(load).toHaveBeenLastCalledWith({ term: '', state: 'open' }, undefined)
    expect(page.text()).toContain('没有符合条件的记录')
    await page.find('input[type=search]').setValue(' 甲 ')
    await page.find('form').trigger('submit')
    await flushPromises()
    expect(router.currentRoute.value.query).toEqual({ term: '甲', state: 'open' })
    expect(load).toHaveBeenLastCalledWith({ term: '甲', state: 'open' }, undefined)
  })

  it('goes on from the last key and keeps what is there', async () => {
    const load = vi.fn((_: Query, after?: string) => Promise.resolve(after ? { items: [{ id: '2', name: '乙' }], next: null } : { items: [{ id: '1', name: '甲' }], next: 'k1' }))
    const { page } = await shown(load)
    await page.find('[data-act=more]').trigger('click')
    await flushPromises()
    expect(load).toHaveBeenLastCalledWith({ term: '', state: '' }, 'k1')
    expect(page.findAll('tbody tr').map((tr) => tr.text())).toEqual(['甲', '乙'])
    expect(page.find('[data-act=more]').exists()).toBe(false)
  })

  it('says why it failed and asks again when told to', async () => {
    const load = vi.fn().mockRejectedValueOnce(new Problem(403, { detail: '您没有权限' })).mockResolvedValue({ items: [{ id: '1', name: '甲' }], next: null })
    const { page } = await shown(load)
    expect(page.find('[role=alert]').text()).toContain('您没有权限')
    await page.find('[role=alert] button').trigger('click')
    await flushPromises()
    expect(page.findAll('tbody tr')).toHaveLength(1)
  })

  it('asks nothing before a term is given where one is needed', async () => {
    const load = vi.fn()
    const { page } = await shown(load, '/here', { needsTerm: true })
    expect(load).not.toHaveBeenCalled()
    expect(page.text()).toContain('请填写查找条件')
  })

  it('walks the rows by j and k and leaves typing alone', async () => {
    const { page } = await shown(() => Promise.resolve({ items: [{ id: '1', name: '甲' }, { id: '2', name: '乙' }], next: null }))
    const press = async (key: string): Promise<void> => {
      document.body.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true }))
      await flushPromises()
    }
    await press('j')
    await press('j')
    expect(document.activeElement?.textContent).toBe('乙')
    await press('k')
    expect(document.activeElement?.textContent).toBe('甲')
    await page.find('input[type=search]').trigger('keydown', { key: 'j' })
    expect(document.activeElement?.textContent).toBe('甲')
  })
})

describe('a page after another', () => {
  it('drops an answer that a newer question has overtaken', async () => {
    const waiting: ((page: Paged<Row>) => void)[] = []
    const list = usePaged<Row>(() => new Promise((resolve) => waiting.push(resolve)))
    void list.load()
    void list.load()
    waiting[1]!({ items: [{ id: 'new', name: 'new' }], next: null })
    waiting[0]!({ items: [{ id: 'old', name: 'old' }], next: null })
    await flushPromises()
    expect(list.rows.value.map((r) => r.id)).toEqual(['new'])
  })
})

describe('an act with its dialog', () => {
  const act = (run: Act['run']): Act => ({ name: 'skip', label: 'incidents.skip', asks: [{ name: 'reason', label: 'incidents.reason', kind: 'longtext', must: true }], run })

  it('sends nothing while something is missing, and says what beside the field', async () => {
    const run = vi.fn()
    const page = mount(ActButton, { props: { act: act(run) }, global: { plugins: [i18n, createPinia()] }, attachTo: document.body })
    await page.find('button').trigger('click')
    await flushPromises()
    document.querySelector<HTMLElement>('[data-act=confirm]')!.click()
    await flushPromises()
    expect(run).not.toHaveBeenCalled()
    expect(document.querySelector('[data-ask=reason] .fault')?.textContent).toContain('请填写')
  })

  it('keeps what was typed when the server refuses, and closes when it agrees', async () => {
    const run = vi.fn().mockRejectedValueOnce(new Problem(422, { detail: '请更正', fields: { reason: '太短', other: '还有一处' } })).mockResolvedValue({})
    const page = mount(ActButton, { props: { act: act(run) }, global: { plugins: [i18n, createPinia()] }, attachTo: document.body })
    await page.find('button').trigger('click')
    await flushPromises()
    const box = document.querySelector<HTMLTextAreaElement>('#ask-reason')!
    box.value = '短'
    box.dispatchEvent(new Event('input'))
    const confirm = document.querySelector<HTMLElement>('[data-act=confirm]')!
    confirm.click()
    await flushPromises()
    expect(document.querySelector('[data-ask=reason] .fault')?.textContent).toBe('太短')
    expect(document.querySelector('.refusal')?.textContent).toContain('还有一处')
    expect(document.querySelector<HTMLTextAreaElement>('#ask-reason')!.value).toBe('短')
    confirm.click()
    await flushPromises()
    expect(run).toHaveBeenCalledTimes(2)
    expect(page.emitted('done')).toHaveLength(1)
  })
})
