// Words of the registers, of the rulebook's pages, of people processes and of administration.
import audits from './audits'

export default {
  menu: {
    title: '全部功能', all: '全部', daily: '办案', registers: '登记簿', rules: '法规与规则', people: '人员与考试', outside: '设备与对外', admin: '管理',
  },
  list: { idle: '请填写查找条件。', nothing: '没有符合条件的记录。', untitled: '(无名称)', acts: '操作', back: '返回{name}' },
  objects: {
    title: '监管对象', intro: '业户、从业人员、车辆、船舶。按标识查找,查看留下审计记录。', nothing: '没有找到对象。标识、名称须写完整,只含本人数据范围内的对象。', by: '查找方式', term: '完整的号码或名称',
    way: { plate: '车牌号', name: '业户(当事人)名称', identity: '身份证号或信用代码', ship: '船名、MMSI 或 IMO', practitioner: '从业资格证号、身份证号或姓名' },
    kind: { parties: '业户、当事人', vehicles: '车辆', ships: '船舶', practitioners: '从业人员' },
    kindOf: '类别', name: '名称', identity: '标识', permit: '许可证号', cases: '案件数', color: '车牌颜色', uscc: '统一社会信用代码', idNumber: '身份证件号', mmsi: 'MMSI', imo: 'IMO 编号',
    shipType: '船舶种类', certificate: '从业资格证号', until: '资格证有效期至', phone: '电话', address: '地址', owner: '所属业户', belongs: '名下的车辆、船舶、人员({n})', casesOf: '案件({n})', noCases: '没有案件。',
    permits: '许可', permitState: { valid: '有效', not_yet: '尚未生效', expired: '过期', suspended: '暂扣', revoked: '吊销', cancelled: '注销' }, events: '经过', event: { case: '案件', clue: '线索', weigh_pass: '称重检测', inspection: '检查', permit: '许可', check: '查验', watch: '重点监管', alert: '预警' }, addVehicle: '登记车辆', addShip: '登记船舶', addPractitioner: '登记从业人员', oneOf: '标识号码至少填一项',
  },
  items: {
    title: '违法行为事项', find: '名称、编号、条款', name: '违法行为', code: '编号', basis: '处罚依据', kinds: '处罚种类', violated: '违反条款', valid: '有效期', mark: '来源', illustrative: '阶次为示例,须以本省公布的裁量基准替换',
    try: '试算裁量', tryText: '只计算、不改变任何案件。情形的名称照阶次说明中的写法;是非填“是”或“否”。', actDate: '违法行为发生日', fact: '情形', value: '值', compute: '试算', finding: '裁量结果', open: '未定', range: '幅度 {min} 至 {max}',
    undecided: '尚不能判断', unconfirmed: '须确认后使用', factors: '从轻、减轻、从重、不罚情形({n})', effect: { no_penalty: '不予处罚', lighter: '从轻或减轻', heavier: '从重' },
  },
  deadlines: {
    title: '期限规则', intro: '现行内容中的全部期限:多长、怎样算、依据哪一条。', find: '名称、编号、依据', name: '期限', length: '时长', trigger: '自何时起算', basis: '依据', state: '能否直接使用',
    unit: { day: '日', workday: '个工作日', month: '个月', year: '年', hour: '小时' },
  },
  risks: {
    title: '预警规则', find: '名称、编号、建议', name: '规则', mode: '方式', modes: { block: '阻止办理', warn: '警示', info: '提示' }, act: '建议', state: '能否判断', anyState: '全部',
    states: { working: '能判断', partly: '只能判断一部分', waiting: '还不能判断' },
  },
  quality: { title: '预警质量报告', intro: '放行和误报占比高的在前:这些规则需要复核。', nothing: '还没有预警。产生并处理过的预警按规则统计在这里。', total: '预警数', share: '放行和误报占比' },
  imports: {
    title: '法规导入', intro: '整份导入,先看差异,由另一人批准后生效。', nothing: '还没有导入过法规。点“导入”选文件,先看差异,再由另一人批准。', start: '导入', text: '导入后列出与现行内容的差异,由另一人批准才生效;有问题的整份不收。', file: '文件', fileHint: '法规用 YAML;事项可用 YAML、XLSX 或 CSV', kind: '内容',
    kinds: { law: '法规', item: '违法行为事项' }, ground: '依据', groundHint: '文件名、文号或条款', effective: '生效时间', now: '不填则立即', sent: '已导入,请另一人核对差异', state: { open: '待审核', approved: '已批准', rejected: '已退回' },
    changes: '差异数', at: '导入时间', by: '导入人', decided: '审核人', reason: '理由', approve: '批准', approveText: '批准后成为新的内容版本,在办案件也按其日期适用。', reject: '退回', another: '由您导入,须由另一人核对批准。',
    difference: '与现行内容的差异({n})', change: '变化', what: '内容', before: '现行', after: '导入后', changed: { new: '新增', changed: '修改', repealed: '失效' },
  },
  parameters: {
    title: '机构参数', intro: '法律没有写死、由机构定的数值。确认须写明依据,此后按机构的值计算。', find: '名称、编号', onlyOpen: '只看待确认的', name: '参数', default: '缺省值', value: '机构的值', ground: '依据', unconfirmed: '待确认的原因', confirm: '确认',
    period: '期限填天数,如 5', done: '已确认:{name}',
  },
  calendar: {
    title: '工作日历', year: '年份', publish: '公布本省日历', publishYear: '公布 {year} 年本省休息日、工作日', publishText: '整年一并公布,代替本省以前公布的该年日历;本省未到期的期限随即重新计算,变动的案件逐件列出。', division: '省级区划代码', ground: '公布文件',
    what: '性质', rest: '休息', work: '上班', name: '名称', source: '依据', published: '已公布 {n} 天', notAnnounced: '{year} 年的放假安排尚未公布,工作日只按周末计算。', nothing: '这一年没有放假和调休安排。公布后列在这里,期限随之重新计算。', own: '本省', versions: '各省公布的日历', noVersions: '还没有省份公布过。', version: '第 {n} 版',
  },
  recomputes: {
    title: '期限重新计算', intro: '日历、参数或内容变化后,未到期的期限重新计算的结果。', nothing: '还没有重新计算过期限。公布日历、确认参数或发布内容后,受影响的期限列在这里。', reason: '起因', at: '时间', done: '进度', seen: '看过的期限', moved: '变动的期限', cases: '涉及案件', movedTitle: '变动的期限', noneMoved: '本人数据范围内没有变动的期限,不必处理。',
    before: '原到期日', after: '新到期日', why: '原因',
  },
  releases: {
    title: '内容版本', upload: '上传一套内容', uploadText: '流程、表单、规则、文书模板的整套 ZIP。先检查,列出每一处问题和差异;没有问题才能发布。在办案件仍按原版本办理。', choose: '选择 ZIP 并检查', checking: '正在检查…', files: '{n} 个文件', faults: '有 {n} 处问题,不能发布', file: '文件', line: '行或元素',
    fault: '问题', faultless: '检查通过', difference: { added: '新增 {n} 个文件', changed: '修改 {n} 个文件', removed: '删除 {n} 个文件' }, same: '与最近发布的一套相同。', publish: '发布', publishText: '发布后新启动的案件按这一套办理。', ground: '发布依据', effective: '生效时间', published: '已发布',
    proposed: '代码库的导入建议', proposedText: '比较本节点的内容、它所依据的代码库版本和现在的代码库。', compare: '比较', noDifference: '没有差异。', way: { conflicts: '两边都改了,须有人定夺({n})', proposed: '只有代码库变了({n})', own: '只有本节点变了({n})' }, here: '本节点', there: '代码库',
    change: { added: '新增', changed: '修改', removed: '删除' }, nothing: '还没有发布过内容。发布后列在这里,可以查看差异。', line1: '{at} 起,{by} 发布,{n} 个文件',
  },
  exams: {
    title: '考试', nothing: '没有考试。从顶栏“启动案件”发起考试后列在这里。', name: '考试名称', number: '编号', opens: '开考时间', closes: '结束时间', minutes: '时长', minutesOf: '{n} 分钟', seat: '座位', marks: '成绩', result: '结论', passed: '合格', failed: '不合格', room: '考场名单', scripts: '评卷', mine: '我的考试', noneMine: '没有安排您参加的考试。考务人员安排座位后列在这里,到时点“进入考试”。',
    enter: '进入考试', goOn: '继续作答', state: { assigned: '待考', sitting: '作答中', submitted: '已交卷', closed: '已结束', absent: '缺考' }, candidate: '考生', started: '进入时间', due: '截止', extended: '(已延长 {n} 分钟)', extend: '延长时间', extendBy: '延长多少分钟', extendHint: '断电、断网等,记入经过', noSeats: '还没有安排考生。报名审核、安排座位后考生列在这里。',
    desk: '考试', seatOf: '{n} 号座位 {name}', lost: '连接中断,{n} 题存于本机,恢复后自动上传', saving: '正在保存…', saved: '已保存 {at}', handIn: '交卷', over: '答题时间已到或考试已结束,此后的作答不再接收;此前已保存的有效。请交卷。', items: '题目', item: '第 {n} 题', itemDone: '第 {n} 题,已答', itemOpen: '第 {n} 题,未答', marksOf: '{n} 分',
    right: '正确', wrong: '错误', unanswered: '还有 {n} 题未答:第 {items} 题', handInText: '交卷后不能再修改。', handed: '已交卷', handedAt: '{at} 交卷,作答 {n} 题,共 {all} 题。成绩公布后在“我的考试”中查看。', leaveText: '考试还没有交卷,计时不会停。确定离开吗?',
  },
  marking: {
    title: '第 {n} 人评卷', noTask: '这场考试没有待您评卷的任务。分给您评卷后,从待办进入。', text: '答卷只有编号,没有姓名,也看不到他人的评分。', free: '这项评卷任务待签收。', nothing: '没有要评的答卷。客观题已自动评分,直接提交即可。', script: '{no} 号答卷第 {n} 题', answer: '考生作答', reference: '参考答案', blank: '(没有作答)', mark: '得分(至多 {most})', reason: '评分说明',
    range: '得分应在 0 至 {most} 之间', none: '还没有评分。', sent: '已提交 {n} 题的评分', send: '提交评分',
  },
  questions: {
    title: '题库', intro: '出题人以外的人审核后才能用于组卷。', nothing: '没有题目。点“新增题目”录入,由另一人审核后用于组卷。', no: '题目编号', version: '{no} 第 {n} 版', stem: '题干', kindOf: '题型', kind: { single: '单选题', multiple: '多选题', judgement: '判断题', case: '案例题' }, answer: '答案', topic: '知识点', by: '出题 / 审核',
    state: { draft: '待审核', active: '启用', retired: '停用', replaced: '已有新版' }, add: '新增题目', addText: '已有的编号将成为新版本。须由另一人审核后启用。', options: '选项', optionsHint: '每行一个,不写字母;判断题、案例题不填', answerHint: '选择题填字母,判断题填 T 或 F,案例题填参考答案', basis: '依据条款', import: '导入题目', read: '已读取文件',
    imported: '导入 {n} 题。', fault: '第 {line} 行({no}):', activate: '审核启用', activateText: '{stem} 答案:{answer}', retire: '停用', retireText: '此后组卷不再使用;已组成的试卷不变。', another: '须由另一人审核',
  },
  templates: {
    title: '试卷模板', nothing: '没有试卷模板。点“新建模板”写明各部分的题数和分值,组卷时选用。', no: '模板编号', name: '名称', full: '满分', pass: '合格分数', rules: '组卷规则', rule: '{kind}{n}题×{marks}分', add: '新建模板', addText: '模板不作修改,改动的另编编号。',
    count: { single: '单选题题数', multiple: '多选题题数', judgement: '判断题题数', case: '案例题题数' }, marks: { single: '单选题每题分数', multiple: '多选题每题分数', judgement: '判断题每题分数', case: '案例题每题分数' },
  },
  courses: { title: '培训课程', nothing: '没有课程。由证件管理人员点“新建课程”登记,再给参加的人记学时。', name: '课程', no: '编号', kindOf: '培训类型', hours: '学时', add: '新建课程' },
  hours: {
    mine: '我的学时', title: '{name}的学时', nothing: '没有学时记录。参加培训后由证件管理人员登记学时。', day: '日期', mode: '方式', modes: { onsite: '面授', online: '在线' }, score: '成绩', reason: '更正理由', credit: '登记学时', correct: '更正', correctText: '更正不抹去原记录:另记一条负数。',
  },
  devices: { title: '设备', nothing: '没有设备。治超站等设备接入后列在这里;接入由运维人员办理。', name: '名称', no: '设备编号', site: '站点', status: { active: '在用', stopped: '停用' }, certificate: '检定证书', valid: '检定有效期至', heard: '最近通信', drift: '时钟偏差', seconds: '{n} 秒' },
  passes: { title: '称重检测', nothing: '没有称重检测记录。称重设备报来的数据列在这里,超限的可据以立案。', plate: '车牌号', over: '只看超限的', at: '检测时间', gross: '总质量', limit: '限值', kg: '{n} 千克', rate: '超限率', no: '检测单号', usable: '可作证据' },
  exchanges: {
    title: '对外交换', nothing: '没有对外交换。与其他机关、系统往来的报文列在这里,没有回执的可以重发。', key: '业务号', counterpart: '对方', message: '内容', direction: '方向', way: { out: '发出', in: '收到' }, status: { waiting: '等待', done: '完成', differing: '内容不一致', given_up: '已放弃' }, at: '产生时间', done: '完成时间', tries: '往来({n})',
    outcome: { delivered: '送达', received: '收到', duplicate: '重复', conflict: '内容冲突', refused: '拒收', failed: '失败' },
  },
  incidents: {
    title: '异常', intro: '系统自动办的事没有办成。排除原因后重试;确认不必再做的跳过;已另行处理的修复。', nothing: '没有未处理的异常,不必处理。系统自动办不成的事会列在这里。', cause: '原因', remedy: '处理办法', at: '发生时间', reason: '理由', retry: '重试', retryText: '原因已经排除:立即再办一次。', skip: '跳过', skipText: '这件事不再做,流程继续。', skipHint: '为什么不必再做',
    repair: '修复', repairText: '已用别的办法处理。', repairHint: '怎样处理的',
  },
  audits: {
    ...audits, title: '审计记录', whoFind: '操作人姓名', first: '自', last: '至', export: '导出', exportText: '按当前的查找条件导出;导出本身也记入审计。', anyAct: '全部动作', subject: '对象编号', outcome: '结果', anyOutcome: '全部结果', outcomes: { done: '完成', refused: '拒绝', failed: '失败', read: '查看', login: '登录', login_failed: '登录失败' }, at: '时间', who: '操作人', what: '动作',
    verify: '核验审计链', verifyText: '重算每一行和整条链,与外部锚定比对。', verified: '核验完毕', ok: '审计链完整。', broken: '审计链有问题,请立即保全现场并报告。',
  },
  people: {
    title: '人员', find: '姓名(须完整)', anyAgency: '全部机构', nothing: '没有符合条件的人员。姓名须写完整;也可以改选机构,或者新增人员。', name: '姓名', roles: '岗位', login: '登录名', staffing: '编制性质', noAccount: '(没有账号)', shutLogin: '{login}(已停用)', passwordAt: '口令更新日期',
    add: '新增人员', addText: '新增的人员在岗,还没有账号和岗位;岗位由安全管理员授予。', change: '变更状态、调动', changeText: '不在岗的人员即时退出登录、不再办案;调动后原机构的授权即行终止。', openAccount: '开设账号', loginHint: '小写字母开头,3 至 64 个小写字母、数字或 _ . -', passwordHint: '10 个以上字符,含大写、小写、数字、符号中的三种',
    reset: '重置口令', resetText: '其已有的登录全部失效。', shut: '停用账号', reopen: '恢复账号', self: '不能变更本人的账号和授权,请由另一名管理员办理。', grants: '岗位授权', noGrants: '还没有授予岗位。', grant: '授予岗位', grantText: '互斥的岗位(系统、安全、审计三员,管理员与执法人员)不能由一人兼任。',
    role: '岗位', reach: '范围', reaches: { own: '仅本机构', tree: '含下级机构' }, from: '起始日', fromHint: '不填则今天', to: '终止日', toHint: '不填则长期', open: '长期', revoke: '撤销', revokeText: '撤销“{role}”({agency}),立即生效。名下的待办须另行转办。',
    certificates: '执法证件', noCertificates: '没有执法证件。', enterCertificate: '登记证件', enterCertificateText: '登记本系统以外核发的证件;本系统核发的由资格流程登记。', certificateNo: '证件号', certificateKind: '证件类别', restate: '变更状态', restateText: '自此刻起;此前的执法行为按当时的状态。注销、吊销后不能再变更。',
    certificateStatus: { normal: '正常', lost: '挂失', suspended: '暂扣', cancelled: '注销', revoked: '吊销', expired: '过期' },
  },
  agencies: {
    title: '机构', name: '机构名称', code: '机构代码', codeHint: '六位行政区划代码,下设机构可在其后加 1 至 6 位数字或大写字母', short: '机关代字', shortHint: '文号中的代字,如“穗交”', level: '层级', levels: { ministry: '部', province: '省', city: '市', county: '县', station: '站所' }, officers: '人员数', add: '新增机构',
    addText: '数据范围随机构树:上级看得见,平级看不见。', parent: '上级机构', rename: '更名', renameText: '此前的文书和文号不变。',
  },
  clues: {
    title: '线索', intro: '各来源的线索;点开办理,点“相似线索”查重、合并。', nothing: '没有符合条件的线索。收到举报、移送、抄告后从顶栏“启动案件”登记,也可以成批导入。', source: '来源', anySource: '全部来源', title1: '线索', number: '编号', object: '对象', place: '地点', at: '受理时间', import: '导入', each: '正确的行先导入,有误的行列出', imported: '导入 {n} 条,更新 {m} 条。', take: '登记线索', similar: '相似线索', open: '打开线索',
    noSimilar: '没有相似的线索,可以直接办理。', merge: '并入', mergeText: '本线索并入所选线索,流程随之结束;可以撤销。', undo: '撤销合并', merges: '合并经过', mergedInto: '并入', undone: '已撤销并入', outcomes: '线索结果统计', outcomesText: '按来源统计本人数据范围内的线索;不填日期为今年。', since: '自', until: '至', total: '线索数', byStatus: '各状态', meanDays: '平均办理天数',
  },
  inspections: {
    title: '检查计划', intro: '日常、双随机、专项检查。名录先冻结,随机数后产生,任何人可以按记录复验。', nothing: '没有检查计划。先备好检查事项清单,再点“制定计划”。', name: '计划名称', no: '计划编号', kind: '检查方式', objects: '抽查对象', objectsOf: '{kind} {n} 个', days: '检查期间', fromTo: '{from} 至 {to}', add: '制定计划', basis: '检查依据', list: '检查事项清单', objectKind: '对象种类', count: '抽查对象数',
    risk: '风险等级', riskHint: '不选为全部', since: '自此日起未检查过的', supervisors: '监督人员', supervisorsHint: '双随机必选', lists: '检查事项清单', noLists: '没有检查事项清单。点“建立清单”列明检查事项、标准和依据,制定计划时选用。', listName: '清单名称', listNo: '清单编号', items: '检查事项', itemsHint: '每行一项:事项|依据|检查标准', addList: '建立清单', addListText: '已有的编号将成为新版本。',
    freeze: '冻结名录', freezeText: '冻结后名录不再变动,其散列先于随机数产生。', seedWay: '随机数', seedWays: { system: '系统产生', published: '采用公开号码' }, seedSource: '公开号码的来源', seedSourceHint: '采用公开号码的,写明将采用哪一个尚未公布的号码', again: '重新抽取的理由', draws: '抽取', noDraws: '还没有抽取。', turn: '第 {n} 次抽取', pool: '对象 {objects} 个,人员 {people} 名', poolName: '名录',
    state: { frozen: '已冻结', drawn: '已抽取', dispatched: '已派发', published: '已公开' }, frozenAt: '冻结时间', fingerprint: '名录散列', seed: '种子', drawnAt: '抽取时间', dispatchedAt: '派发时间', publishedAt: '公开时间', drawNow: '产生随机数并抽取', drawText: '抽取一次,不能更改;确需重抽的另行冻结并写明理由。', word: '公布的号码', dispatch: '派发', dispatchText: '每个对象成为一件检查,派给抽到的人员。',
    publish: '公开结果', publishText: '社会公众可以查到,个人信息遮盖。', record: '抽取记录', saveRecord: '下载抽取记录', result: '抽取结果', notDrawn: '尚未抽取。', place: '次序', object: '对象', inspectors: '检查人员', checks: '产生的检查',
  },
  money: {
    differences: '罚没款对账', differencesText: '银行与账目不一致的,逐项说明或更正。', noDifferences: '没有差异,不必处理。收款与票据、银行对账不一致时列在这里。', difference: '差异', dayOf: '日期', remedy: '处理办法', differenceState: { open: '待处理', explained: '已说明', corrected: '已更正' }, day: '罚没款日报', refunds: '退款', reconcile: '日终对账', reconcileText: '取回该日银行明细,与账目逐笔核对。',
    explain: '说明', correct: '更正', correctText: '按银行明细补记或红冲。', kind: '凭证种类', number: '笔数', sums: '金额', export: '导出账目', format: '格式', ledger: '罚没款账目', noVouchers: '没有凭证。当天收付的罚没款列在这里;也可以改选日期。', bankOf: '{day} 银行合计 {bank} 元,未处理差异 {n} 项。', noFile: '银行明细尚未取回。', refundState: { requested: '待审批', approved: '待退付', refused: '未批准', paid: '已退付' }, amount: '金额', payee: '收款人',
    requested: '申请', noRefunds: '没有退款。处罚变更、撤销或者多缴的,核准退付后列在这里。', approve: '批准', refuse: '不批准', note: '意见', paidOut: '登记已退付', reference: '凭据号', caseOf: '案件账目:{no}', decided: '决定金额', surcharge: '加处罚款', received: '已收', remaining: '尚欠', toRefund: '应退', receive: '登记收款', receiptNo: '票据号', ofSurcharge: '其中加处罚款', channel: '缴款方式', channels: { bank: '银行柜台', electronic: '电子支付' }, payer: '缴款人',
    askRefund: '申请退款', askRefundText: '由另一人审批后退付。', payeeName: '收款户名', payeeBank: '开户行', payeeAccount: '账号', vouchers: '凭证',
    proceeds: '拍卖、变卖所得(待处理)', offsets: '抵缴', noOffsets: '拍卖、变卖所得尚未申请抵缴罚款。', askOffset: '申请抵缴', askOffsetText: '以拍卖、变卖所得抵缴逾期未缴的罚没款,须有批准文书,由另一人审批。', offsetPaper: '批准文书', approveOffsetText: '批准后立即按现有欠款抵缴并记账,余款转多缴待退。', offsetState: { requested: '待审批', approved: '已抵缴', refused: '未批准' },
    offsetDone: '抵缴 {amount},余款 {rest} 待退', offsetAsked: '{who} {when} 申请', offsetDecided: '{who} {when} 审批', offsetsText: '以涉案财物的拍卖、变卖所得抵缴逾期未缴的罚没款:一人申请,另一人审批。', noOffsetRows: '没有抵缴申请。拍卖、变卖所得抵缴罚款的,在案件的款项页申请,由另一人批准。', offsetAmount: '抵缴金额', offsetRest: '余款待退',
  },
  watched: { title: '重点监管名单', elsewhere: '其他机构的重点监管', publish: '向其他机构公开', publishText: '同一门类的其他机构查验或打开该对象时看到以下理由;列入的理由本身不公开。移出、到期后不再显示。', published: '已公开', met: '其他机构遇到', nothing: '名单上没有对象。由单位负责人在业户、车辆、船舶的页面点“列入重点监管”。', ended: '含已移出的', days: '期间', by: '列入人', removed: '移出', remove: '移出名单', put: '列入重点监管', putText: '名单内的对象优先检查;到期自动移出。', until: '至' },
  property: {
    title: '涉案财物', nothing: '没有符合条件的财物。扣押、先行登记保存的物品入库后列在这里。', name: '名称', number: '编号', quantity: '数量', place: '保管地点', shelf: '库位', keeper: '保管人', due: '保管期限', paused: '(停表)', overdue: '(超期)', onlyLate: '只看借出逾期', lentUntil: '应于 {day} 归还', late: '(逾期未还)', condition: '品相', owner: '所有人', taken: '取得时间', seal: '封条号', remark: '备注',
    status: { seized: '已采取措施', stored: '在库', lent: '借出', returned: '已退还', handed_over: '已移交', destroyed: '已销毁', auctioned: '已拍卖', confiscated: '已没收' }, move: '移动、处置', moveText: '须有本案允许这样移动的文书和两名人员。', movement: '怎样移动',
    movements: { take: '取得', store: '入库', shift: '移库', lend: '借出', take_back: '收回', retake: '重新取得', return: '退还', hand_over: '移交', confiscate: '没收', destroy: '销毁', auction: '拍卖' }, paper: '依据的文书', approval: '批准文书', approvalHint: '出借、处置须有批准文书', colleague: '另一名经手人', receiver: '接收人', backBy: '归还期限', hands: '交接经过', fromTo: '{giver} 交 {taker}', label: '下载标签',
    stocktaking: '盘点', stocktakingText: '两人盘点一个保管地点;扫描标签或输入编号,结束后列出差异。', countedOf: '已盘', twoPeople: '盘点人', startedAt: '开始时间', closedAt: '结束时间', close: '结束盘点', closeText: '结束后列出缺失、多出、错位、损坏,逐项答复。', code: '标签编码或财物编号', damaged: '有损坏', count: '盘到', unknown: '(账上没有)', already: '已盘过',
    differences: '盘点差异', noDifferences: '没有待答复的差异,不必处理。盘点账实不符时列在这里。', answeredToo: '含已答复的', kind: '差异', kinds: { missing: '缺失', surplus: '多出', wrong_place: '错位', damaged: '损坏' }, detail: '说明', answer: '答复', answered: '答复内容',
  },
  evaluations: {
    title: '评议考核', nothing: '没有评议考核。从顶栏“启动案件”发起年度评议考核后列在这里。', name: '名称', objects: '考评对象', noObjects: '还没有本人数据范围内的考评对象。考核启动并确定对象后列在这里。', object: '对象', kind: { agency: '机构', case: '案卷', officer: '人员' }, total: '得分', grade: '等次', scoring: '第 {n} 人评分', indicator: '{code} {name}(满分 {full})', deduction: '扣分理由', needReason: '扣分须写明理由:{items}',
  },
}
