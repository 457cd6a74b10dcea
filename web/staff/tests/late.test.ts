// Slow lines: keys pressed before there is a row, and answers that come after a newer question.
import { flushPromises, mount } from '@vue/test-utils'
import { createPinia, setActivePinia } from 'pinia'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { defineComponent, h, ref } from 'vue'
import { createMemoryHistory, createRouter } from 'vue-router'

import { provideForm } from '../src/form/context'
import ViolationField from '../src/form/ViolationField.vue'
import { i18n } from '../src/i18n'
import type { Column, Paged } from '../src/lists/kinds'
import RegisterList from '../src/lists/RegisterList.vue'

interface Row { id: string; name: string }
const columns: Column<Row>[] = [{ key: 'name', label: 'objects.name', text: (r) => r.name }]
const two: Paged<Row> = { items: [{ id: '1', name: '甲' }, { id: '2', name: '乙' }], next: null }

/** Answers by path and query, given when the test says so. */
const waiting = new Map<string, ((body: unknown) => void)[]>()
vi.stubGlobal('fetch', (input: Request) => new Promise((resolve) => {
  const key = input.url.replace(/^.*\/api\/staff/, '')
  waiting.set(key, [...(waiting.get(key) ?? []), (body) => resolve(new Response(JSON.stringify(body), { headers: { 'Content-Type': 'application/json' } }))])
}))
async function answer(key: string, body: unknown): Promise<void> {
  await vi.waitFor(() => expect(waiting.get(key)?.length).toBeTruthy(), 20_000)
  waiting.get(key)!.shift()!(body)
  await flushPromises()
}

beforeEach(() => {
  document.body.innerHTML = ''
  waiting.clear()
  setActivePinia(createPinia())
})

async function press(key: string): Promise<void> {
  ;(document.activeElement ?? document.body).dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true }))
  await flushPromises()
}

async function list(): Promise<(page: Paged<Row>) => Promise<void>> {
  const router = createRouter({ history: createMemoryHistory(), routes: [{ path: '/:rest(.*)', component: { template: '<i/>' } }] })
  await router.push('/here')
  let come!: (page: Paged<Row>) => void
  const load = (): Promise<Paged<Row>> => new Promise((resolve) => (come = resolve))
  mount(RegisterList as never, {
    props: { title: 'T', columns, filters: [{ name: 'term', kind: 'search', label: 'objects.term' }], load, rowKey: (r: Row) => r.id, open: (r: Row) => `/rows/${r.id}` } as never,
    global: { plugins: [router, i18n, createPinia()] }, attachTo: document.body,
  })
  await flushPromises()
  return async (page) => {
    come(page)
    await flushPromises()
  }
}

describe('a list that is slow to come', () => {
  it('keeps a key pressed before there is a row, and begins with the first', async () => {
    const come = await list()
    await press('j')
    await press('j')
    await come(two)
    expect(document.activeElement?.textContent).toBe('甲')
    await press('j')
    expect(document.activeElement?.textContent).toBe('乙')
  })

  it('counts no key where there is nothing', async () => {
    const come = await list()
    await come({ items: [], next: null })
    await press('j')
    await press('r')
    await come(two)
    await press('j')
    expect(document.activeElement?.textContent).toBe('甲')
  })

  it('takes nobody away from what he types meanwhile', async () => {
    const come = await list()
    await press('j')
    document.querySelector<HTMLElement>('input[type=search]')!.focus()
    await come(two)
    expect(document.activeElement?.tagName).toBe('INPUT')
  })
})

describe('the items of a violation', () => {
  it('are those of the category that is chosen, though those of another come later', async () => {
    const category = ref('01')
    const page = mount(
      defineComponent({
        setup() {
          provideForm({ agency: ref(1), category, caseId: ref(null), officers: ref([]), evidence: ref([]), refresh: () => Promise.resolve() })
          return () => h(ViolationField, { id: 'v', value: 'B1', name: '事项' })
        },
      }),
      { global: { plugins: [i18n] }, attachTo: document.body },
    )
    await flushPromises()
    category.value = '02'
    await flushPromises()
    await answer('/items?category=02', [{ code: 'B1', name: '乙', basis: '乙的依据' }])
    await answer('/items?category=01', [{ code: 'A1', name: '甲' }])
    expect(page.text()).toContain('乙的依据')
  })
})
