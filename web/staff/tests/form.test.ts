import { flushPromises, mount } from '@vue/test-utils'
import { createPinia, setActivePinia } from 'pinia'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { defineComponent, h, ref } from 'vue'

import type { Answers, Filled, Form, FormField } from '../src/api/types'
import { provideForm } from '../src/form/context'
import { toFault } from '../src/form/fault'
import { useFilling, type Filling } from '../src/form/filling'
import FormView from '../src/form/FormView.vue'
import { i18n } from '../src/i18n'

const field = (element: string, type: FormField['type'], more: Partial<FormField> = {}): FormField => ({
  element, name: `名${element}`, type, right: 'edit', required: false, visible: null, ...more,
})
const TYPES: FormField['type'][] = ['text', 'longtext', 'integer', 'number', 'money', 'boolean', 'date', 'datetime', 'duration', 'address', 'agency', 'officer', 'officers', 'location', 'signature', 'evidence', 'violation', 'party', 'vehicle', 'document']
const form: Form = {
  key: 'f',
  name: '表',
  sections: [
    { name: '一', visible: null, fields: [...TYPES.map((type) => field(type, type)), field('code', 'code', { codes: [{ code: '1', name: '甲' }, { code: '2', name: '乙' }] }), field('codes', 'codes', { codes: [{ code: '1', name: '甲' }] }), field('fixed', 'text', { right: 'read' })] },
    { name: '二', visible: null, fields: [field('rows', 'table', { columns: [field('x', 'text'), field('y', 'text')] })] },
  ],
}
const all = form.sections.flatMap((s) => s.fields.map((f) => f.element))
const standing = (more: Partial<Filled> = {}): Filled => ({ visible: all, required: [], hidden: [], computed: {}, wrong: {}, ...more })

function draw(look: (answers: Answers) => Promise<Filled>): { filling: Filling; wrapper: ReturnType<typeof mount> } {
  let filling!: Filling
  const wrapper = mount(
    defineComponent({
      setup() {
        provideForm({ agency: ref(1), category: ref('01'), caseId: ref(null), officers: ref([]), evidence: ref([]), refresh: () => Promise.resolve() })
        const shown = ref<Form | null>(null)
        filling = useFilling(shown, { look })
        shown.value = form
        return () => h(FormView, { form, filling, readonly: false })
      },
    }),
    { global: { plugins: [i18n] } },
  )
  return { filling, wrapper }
}

vi.stubGlobal('fetch', () => Promise.resolve(new Response('[]', { headers: { 'Content-Type': 'application/json' } })))
beforeEach(() => setActivePinia(createPinia()))

/** Until the controls that are loaded when needed are there. */
const settled = (wrapper: ReturnType<typeof mount>): Promise<void> =>
  vi.waitFor(() => expect(wrapper.find('[data-act="add-row"]').exists() && wrapper.find('[data-field="location"] input').exists() && wrapper.find('[data-field="violation"] input').exists() && wrapper.find('[data-field="signature"] input').exists() && wrapper.find('[data-field="document"] input').exists()).toBe(true), 20_000)

describe('the form', () => {
  it('has a control with a name for every type that content may use', async () => {
    const { wrapper } = draw(() => Promise.resolve(standing()))
    await settled(wrapper)
    for (const element of all.filter((one) => one !== 'fixed')) {
      const row = wrapper.find(`[data-field="${element}"]`)
      expect(row.exists(), element).toBe(true)
      expect(row.text(), element).toContain(`名${element}`)
      expect(row.findAll('input, textarea, button').length, element).toBeGreaterThan(element === 'evidence' ? -1 : 0)
    }
  })

  it('shows what is only to be read when there is something to read', async () => {
    const { filling, wrapper } = draw(() => Promise.resolve(standing()))
    await settled(wrapper)
    expect(wrapper.find('[data-field="fixed"]').exists()).toBe(false)
    filling.answers.fixed = 'made'
    await wrapper.vm.$nextTick()
    expect(wrapper.find('[data-field="fixed"]').text()).toContain('made')
    expect(wrapper.find('[data-field="fixed"] input').exists()).toBe(false)
  })

  it('shows, asks for and computes what the server says, once typing rests', async () => {
    const look = vi.fn((answers: Answers) => Promise.resolve(standing(answers.text === 'go' ? { visible: ['text', 'money'], required: ['money'], computed: { fixed: 'made' } } : {})))
    const { filling, wrapper } = draw(look)
    await flushPromises()
    look.mockClear()
    const input = wrapper.find('[data-field="text"] input')
    for (const text of ['g', 'go']) await input.setValue(text)
    expect(look).not.toHaveBeenCalled()
    await vi.waitFor(() => expect(look).toHaveBeenCalledTimes(1), 20_000)
    await flushPromises()
    expect(wrapper.find('[data-field="longtext"]').exists()).toBe(false)
    expect(wrapper.find('[data-field="money"]').text()).toContain('必填')
    expect(filling.answers.fixed).toBe('made')
    expect(filling.answered()).toEqual({ text: 'go' })
    expect(filling.missing.value.map((f) => f.element)).toEqual(['money'])
  })

  it('lets a late answer of the server not overtake a newer one', async () => {
    const answers: ((found: Filled) => void)[] = []
    const { filling } = draw(() => new Promise((resolve) => answers.push(resolve)))
    await flushPromises()
    const second = filling.look()
    answers[1]!(standing({ visible: ['text'] }))
    await second
    answers[0]!(standing({ visible: [] }))
    await flushPromises()
    expect([...filling.visible.value]).toEqual(['text'])
  })

  it('says beside a field what is wrong only where somebody has been, and what was refused until it is changed', async () => {
    const { filling, wrapper } = draw(() => Promise.resolve(standing({ wrong: { money: '应为数字', text: '太长' } })))
    await flushPromises()
    expect(wrapper.findAll('.fault')).toHaveLength(0)
    await wrapper.find('[data-field="money"] input').setValue('x')
    await vi.waitFor(() => expect(wrapper.find('[data-field="money"] .fault').text()).toBe('应为数字'), 20_000)
    expect(wrapper.find('[data-field="text"] .fault').exists()).toBe(false)
    filling.refused.value = { date: '请填写' }
    await flushPromises()
    expect(wrapper.find('[data-field="date"] .fault').text()).toBe('请填写')
    const before = filling.changes.value
    filling.changed('date')
    expect(filling.changes.value).toBe(before + 1) // what a page said of the refusal goes with it
    await flushPromises()
    expect(wrapper.find('[data-field="date"] .fault').exists()).toBe(false)
  })

  it('adds and removes rows and leaves cells out that do not apply', async () => {
    const { filling, wrapper } = draw(() => Promise.resolve(standing({ hidden: ['rows.0.y'] })))
    await settled(wrapper)
    await wrapper.find('[data-field="rows"] [data-act="add-row"]').trigger('click')
    expect(wrapper.find('[data-field="rows.0.y"]').exists()).toBe(false)
    await wrapper.find('[data-field="rows.0.x"] input').setValue('1')
    expect(filling.answered().rows).toEqual([{ x: '1' }])
    await wrapper.find('[data-field="rows"] .rowhead button').trigger('click')
    expect(filling.answered().rows).toEqual([])
  })

  it('says of a row that was added and left empty which of its cells is missing', async () => {
    const { filling, wrapper } = draw(() => Promise.resolve(standing()))
    await settled(wrapper)
    await wrapper.find('[data-field="rows"] [data-act="add-row"]').trigger('click')
    expect(filling.answered().rows).toEqual([{}])
    filling.refused.value = { 'rows.0.x': '请填写“名x”' }
    await flushPromises()
    expect(wrapper.find('[data-field="rows.0.x"] .fault').text()).toBe('请填写“名x”')
    expect(wrapper.find('[data-field="rows.0.y"] .fault').exists()).toBe(false)
    await wrapper.find('[data-field="rows.0.x"] input').setValue('1')
    expect(wrapper.find('[data-field="rows.0.x"] .fault').exists()).toBe(false)
  })
})

describe('after a refusal', () => {
  it('the first field at fault is jumped to, without gliding, and has the focus; without one, the refusal', async () => {
    const jumps: [string, unknown][] = []
    vi.spyOn(Element.prototype, 'scrollIntoView').mockImplementation(function (this: Element, how) {
      jumps.push([this.id, how])
    })
    document.body.innerHTML = '<p class="refusal" id="told"></p><div class="field faulty" id="first"><select id="choice"></select></div><div class="faulty" id="second"><input></div>'
    await toFault()
    expect(document.activeElement?.id).toBe('choice')
    document.querySelectorAll('.faulty').forEach((one) => one.remove())
    await toFault()
    expect(jumps).toEqual([['first', { block: 'center' }], ['told', { block: 'center' }]])
  })
})
