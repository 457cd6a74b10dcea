// Every word that the client shows. Names of codes, roles, papers and steps come from the server (they are content).
import desk from './desk'
import records from './records'
import registers from './registers'

export default {
  ...desk,
  ...registers,
  ...records,
  app: {
    name: '执程', full: '交通运输行政执法综合管理信息系统', loading: '正在读取…', again: '重试', skip: '跳到正文', dismiss: '关闭提示',
    and: '、', docs: '接口文档', node: '本节点运行状况', confirm: '确定', home: '返回首页',
    renewed: '网页已更新,您要打开的页面已按新版本重新打开。', replaced: '网页已更新,这一部分须刷新后使用:请先保存所填内容,再刷新页面。', missing: '这一部分没有取到,请检查网络后重试。',
  },
  problem: {
    unexpected: '出现意外情况,请重试', offline: '连接不上服务,请检查网络;已填内容保留在本机', article: '({article})', stop: '。',
  },
  login: {
    name: '登录名', password: '口令', noName: '请填写登录名', noPassword: '请填写口令', enter: '登录', leave: '退出登录', lost: '请重新登录', lostText: '登录已失效。重新登录后接着办理,页面上已填的内容都在。',
    demo: '演示账号', demoText: '点姓名即填入登录名和口令,再点“登录”;口令一律为 {password}。人名均为虚构,正式使用前请停用。',
    demoStart: '办一件案:用{name}({role})登录,右上角“启动案件”选一种程序。每办结一步,页面写明下一步由谁办、什么时候之前;退出后用那个人的姓名登录接着办。', agency: '{agency}({n} 人)',
  },
  logins: {
    menu: '登录情况', title: '登录在哪些地方', text: '公用的电脑、丢失的手机上没有退出的,在这里结束。几秒之内失效,那里没有保存的内容仍是草稿。', this: '本处', other: '别处', unknown: '没有写明的浏览器',
    times: '{began} 登录,最近使用 {seen}', end: '结束别处的登录', ended: '已结束别处的登录 {n} 处。', close: '关闭',
  },
  nav: {
    watch: '督办', absence: '离岗与代理', news: '通知与设置', main: '主导航', inbox: '待办', cases: '案件', alerts: '预警', law: '法规库', start: '启动案件', find: '案号、当事人、车牌',
  },
  due: {
    none: '无期限', over: '超期 {days} 天', today: '今天到期', left: '剩 {days} 天', statutory: '法定:', internal: '内部:',
    title: '{name}({article}),至 {at}', noArticle: '无条款',
  },
  inbox: {
    boxes: '待办分类', box: { mine: '我的待办', unit: '本单位待签收', sign: '待我会签', done: '我办结的', started: '我发起的', cc: '抄送给我', follow: '我关注的' },
    empty: {
      mine: '没有签收的待办。可办的在“本单位待签收”里,签收后列在这里。', unit: '本单位没有待签收的任务。有新任务时会自动出现。', done: '还没有办结过任务。您办结的任务列在这里,可以回查。', started: '还没有发起过案件。点顶栏“启动案件”登记线索或者立案。', sign: '没有待您会签的任务。别人请您会签时列在这里。', cc: '没有抄送给您的案件。别人抄送给您的列在这里,读过即回执。', follow: '还没有关注案件。在案件页的操作菜单里点“关注”,有变化会通知您。',
    },
    toUnit: '去签收(本单位 {n} 项)', find: '案号、当事人、车牌(开头三字以上)', search: '查找', keep: '收藏此查找', forget: '删除收藏 {name}',
    columns: '显示列', keys: '快捷键', chooseOne: '选择 {name}({title})',
    column: { case_number: '案号', title: '案件', name: '环节', due: '期限', role: '岗位', agency: '机构', created: '产生日期', own: '自定日期', process: '流程' },
    closed: '办结时间', draft: '有草稿', more: '显示更多', fresh: '待办有变化,点此刷新', nothingNarrowed: '这一类里没有符合所选条件的任务。', widen: '取消条件', nothingFound: '没有找到“{term}”的任务。案号、名称、车牌须写完整,或者写开头三个字以上。',
  },
  keys: {
    title: '快捷键', of: { everywhere: '所有页面', lists: '列表', inbox: '待办', room: '办理表单' },
    key: { tab: 'Tab', esc: 'Esc', ask: '?', j: 'j', k: 'k', enter: 'Enter', slash: '/', r: 'r', x: 'x', u: 'u', complete: 'Ctrl+Enter', arrows: '↑ ↓' },
    text: {
      tab: '到下一个控件;Shift+Tab 返回上一个', esc: '关闭弹窗,回到原处', ask: '显示本表', j: '下一项', k: '上一项', enter: '打开', slash: '查找', r: '刷新',
      x: '选中或取消', u: '标为未读', complete: '办结', arrows: '在选项、日期和菜单中移动,Enter 选定',
    },
  },
  cases: {
    cause: '案由', status: '状态', fine: '罚款', filed: '立案日期', noNumber: '(未取案号)', find: '案号、文书号、当事人、证件号、车牌;可用空格隔开多个,均须完整', anyStatus: '全部状态',
    anyCategory: '全部门类', nothing: '没有符合条件的案件。案号、名称、车牌须写完整。',
  },
  start: {
    title: '启动:{name}', none: '您的岗位没有可启动的流程。', agency: '办案机构', category: '执法门类', begin: '启动', noForm: '启动时没有要填写的内容,启动后在待办中办理。', clear: '清空重填', beside: '启动后与本案并行办理:正在办理的环节和各期限照常,直到这一程序依法作出停止、中止、更换人员等决定。',
  },
  task: {
    back: '返回待办', noSuch: '没有这样的案件或任务,请检查网址', free: '这项任务待签收({role})。签收后即可填写。', notYours: '这项任务由{role}办理,您可以查看。', claim: '签收并办理', taken: '已由{name}签收,此处只能查看。',
    somebody: '他人', standsFor: '您代{name}办理:由您的岗位和证件负责,经过和文书写明两人姓名。', lent: '{name}委派您起草:{matter}。填好后交回,由{name}办结。', toSign: '{name}办理的任务,请您会签:看过以下内容后在下方“会签”中签署意见。', goSign: '去签署', noForm: '这一环节没有要填写的内容。', complete: '办结', keys: '快捷键 Ctrl+Enter', papers: '办结时制作:{papers}',
    status: { done: '这项任务已经办结。', cancelled: '这项任务已取消。' }, cancelledBy: '{name} 于 {at} {act}:{reason}', held: '“{process}”已由{name}于 {at} 挂起,恢复以前不能办结;可以先填写,草稿照存,期限照算。', heldWhy: '挂起理由:{reason}', heldHow: '由办案机构负责人或部门负责人在案件页“案件操作”中恢复。',
  },
  copies: { title: '抄送({n})', read: '{at} 已读', unread: '未读', sent: '{at} 抄送' },
  act: { menu: '更多操作', onCase: '案件操作', done: '已{name}', cancel: '取消', barred: '{name}(不能退回到这里)' },
  case: { open: '正在办理', nothingOpen: '没有正在办理的任务。', knows: '案件信息' },
  tab: {
    draft: '文书草稿', facts: '事实', clocks: '期限 {n}', papers: '文书 {n}', evidence: '证据 {n}', alerts: '预警 {n}', money: '账目', property: '财物', related: '关联案件', history: '经过', diagram: '流程图',
  },
  form: {
    certificate: { normal: '证件有效', uncovered: '证件不含本门类', early: '证件尚未生效', expired: '证件已过期', none: '没有执法证件', lost: '证件已挂失', suspended: '证件被暂扣', cancelled: '证件已注销', revoked: '证件已吊销' },
    ratio: '比率', must: '必填', yes: '是', no: '否', clear: '清除', pick: '请选择', date: '年-月-日', datetime: '年-月-日 时:分', officers: '选择执法人员', none: '—', unknown: '(名单外)', yuan: '{amount} 元',
    fill: '请填写“{name}”', search: '输入名称查找', noPapers: '本案还没有文书', lookAt: '查看', row: '第 {n} 行', addRow: '增加一行', removeRow: '删除此行', lon: '经度', lat: '纬度', locate: '取当前位置', noPosition: '取不到位置,请到开阔处重试,或手工填写', positionRefused: '浏览器没有允许定位:请在浏览器的网站设置中允许后重试,或手工填写',
    signer: '签名人姓名', sign: '手写签名', signAgain: '重新手写', signed: '已手写', signTitle: '{name} 签名', signClear: '重写', signKeep: '保存签名', signOther: '不便在屏幕上手写的,填姓名后在打印的文书上签名,扫描件作为证据上传。', signatureFile: '{field}({name})',
    violation: '按编号、名称、条款查找', noItem: '本门类没有这样的事项:换个词,或者换执法门类', violated: '违反:', basis: '处罚依据:',
  },
  discretion: {
    suggested: '建议 {amount} 元', range: '幅度 {min}—{max} 元', tier: '阶次:{tier}', basis: '依据:{basis}',
  },
  draft: {
    saving: '正在保存草稿…', local: '草稿已存于本机,即将上传', saved: '草稿已保存 {at}', restored: '已恢复上次没有来得及保存的内容。',
  },
  conflict: {
    title: '他处也改过这份草稿', text: '同一任务在别处(另一窗口或设备)保存过。请逐项选择保留哪一份。', mine: '此处', theirs: '他处', take: '按所选保存',
  },
  ahead: {
    after: '办结之后', end: '流程到达:{name}', human: '由{role}办理:{name}', wait: '等待:{name}', clock: '(期限:{clock})', depends: '走哪一步取决于所填内容和来件。', beside: '同时在办',
    by: ',{day} 前', who: '({names})', whoMore: '({names}等 {n} 人)', message: '正等待来件:{name}', nothing: '流程已结束,没有下一步。', working: '系统正在办理(取号、制作文书等),办好后本页自动更新。',
    until: '期限:{name},至 {day}', untilText: '期限届满自动进入下一环节;来件先到的,登记后即可继续。', cameOf: '由此产生,接着在那里办理:',
  },
  done: {
    title: '已办结', ended: '已办结,流程结束', papers: '已制作文书:', tasks: '接下来:', goOn: '继续办理:{name}', next: '下一件', seePapers: '查看、打印文书', dossier: '查看归档案卷',
  },
  beside: { title: '可在本案启动的程序({n})', running: '正在办理' },
  message: { title: '登记来件', text: '案件正等待下列来件,收到后在此登记。', partial: '照来件填写,来件上没有的可以空着:案件已经知道的(当事人、文书号等)在下一环节带出,由办理人核对。', send: '登记', done: '来件已登记', empty: '还没有填写来件的内容。请照来件填写后再登记' },
  clock: {
    none: '没有期限。', status: { running: '计算中', met: '已按期办结', breached: '已超期', closed: '已结束' }, how: '自 {started} 起 {length},至 {due};怎样算的',
    days: '日期', number: '天数', why: '理由', counted: '计入 {days} 天', skipped: '不计 {days} 天', paused: '停表 {days} 天',
    pause: '停表', resume: '恢复计时', extend: '延长', ground: '事由', told: '书面告知当事人的日期', toldHint: '这项事由须书面告知当事人,自告知之日起才停表', count: '延长多少', byHint: '一次至多 {longest},由{role}批准', byRole: '由{role}批准',
    text: { pause: '自今日起停止计算,恢复计时之前不计入期限;事由须是本期限规则所列的。', resume: '自今日起继续计算,停表期间不计入期限。', extend: '届满日向后延长(以{unit}计),依它定日期的待办和定时随之改期。' }, rests: '随之改期:{names}', nothingRests: '没有待办和定时随之改期。',
  },
  alert: {
    severity: { critical: '严重', high: '高', medium: '中', info: '提示' }, status: { open: '未处理', answered: '已处理', released: '说明理由放行', false_alarm: '误报' },
    act: '建议:{act}', case: '查看案件', about: '查看 {about}', answer: '处理', outcome: '处理结果', reason: '说明', done: '预警已处理', by: '{name} {at}', reply: '答复催办', replied: '答复', replyText: '答复立即通知催办人,并留在预警和办理经过中;任务仍须办结。', none: '没有预警。', noneHere: '没有符合条件的预警。产生后列在这里,须在期限内答复;也可以改选上面的条件。', level: '级别', anyLevel: '全部级别',
  },
  paper: {
    none: '还没有文书。', state: { made: '制作中', issued: '已签发', served: '已送达', superseded: '已作废重做', void: '已作废', unsealed: '待盖章', revoked: '已撤销' }, save: '下载', print: '打印',
    docxOnly: '本机没有 PDF 转换,以下按 DOCX 显示,版面以下载的文件为准。',
  },
  evidence: {
    none: '还没有证据。', caseOnly: '证据在案件中登记。', kind: '证据种类', place: '取证地点', device: '取证设备', witnesses: '见证人', choose: '选择文件上传', kept: '已入库', same: '已入库,散列值与本机一致',
    differs: '散列值与本机不一致,请重新上传', received: '{at} 入库', noPreview: '这种文件请下载后查看。', save: '下载', logged: '查看和下载记入保管链。', taken: '{at} 取得',
    pause: '暂停', goOn: '继续', giveUp: '放弃', paused: '已暂停,传了 {part}', waiting: '网络中断,正在重试', examining: '正在核对整个文件…', left: '上次没有传完(已传 {part}),请选择原文件继续:',
    chooseAgain: '选择原文件', otherFile: '不是同一个文件:大小或内容与已传部分不符', missing: '还缺 {n} 项证据(通例,仅作提示)', complete: '应有的证据已齐(通例,仅作提示)', proved: '已有:{name}', lacking: '还缺',
    custody: '保管链', whole: '保管链完整', noThumbnail: '预览图',
    event: { received: '接收', read: '查看', downloaded: '下载', verified: '核验', sealed: '封存', corrected: '更正', damaged: '损坏', restored: '由副本恢复' },
    form: { transcript: '转写', crop: '截取', other: '其他副本' },
  },
  law: {
    title: '法规库', find: '条文检索词', article: '{law} 第{no}条', cited: '{law}第{no}条', valid: '{from} 起有效', validUntil: '{from} 起有效,至 {to}', verified: '已核对条文', unverified: '未核对,须由机构确认', mark: '收藏', unmark: '取消收藏',
    nothing: '没有找到有效的条文。', on: '哪一天有效(不填为今天)', favourites: '我的收藏', noFavourites: '还没有收藏条文。',
  },
  facts: { find: '在事实中查找', none: '没有内容。', masked: '已遮盖', maskedText: '个人信息按岗位遮盖', unmask: '查看原文', reason: '查看理由(留存并审计)', see: '查看' },
  related: { none: '没有同一当事人或车辆的其他案件。', origin: '来源', outcome: '由此产生', party: '同一当事人', vehicle: '同一车辆' },
  history: {
    none: '还没有经过。', system: '系统', label: { delegated: '事项:', delegate_returned: '意见:', urged: '事由:', signed: '说明:', other: '理由:' },
    detail: {
      handed_over: '转给{other}', handed_over_of: '由{giver}名下转给{other}', delegated: '请{other}起草', delegate_returned: '交回{other}', delegate_recalled: '自{other}收回', cc: '抄送{other}', signer_added: '请{other}会签{way}', signer_removed: '不再请{other}会签', replaced: '由{old}改为{new}',
      returned: '自“{from}”退回{way}', signed: '意见:{opinion}', clock_paused: '{why}', clock_resumed: '{why}', clock_extended: '{why}',
    },
    way: { before: '(在其他人之前)', beside: '(与其他人同时)', after: '(在其他人之后)', back_here: '(办好后直接回到原环节)', through: '(其后各环节重新办理)' },
    event: { left: '办结', handed_over: '转办', moved: '调整', cancelled: '取消', fired: '触发', received: '收到', refused: '拒绝',
      delegated: '委派起草', delegate_returned: '交回', delegate_recalled: '收回委派', signed: '会签', signer_added: '加签', signer_removed: '减签', urged: '催办', replaced: '换人', returned: '退回', withdrawn: '撤回', cc: '抄送',
      suspended: '挂起', resumed: '恢复', clock_paused: '停表', clock_resumed: '恢复计时', clock_extended: '延长期限', decided: '规则裁定', retried: '重试', skipped: '跳过', repaired: '修复', terminated: '终止', migrated: '升级流程',
    },
  },
  diagram: { title: '流程图', done: '已办', active: '在办', waiting: '等待', bigger: '放大', smaller: '缩小', arrows: '选中图后可用方向键移动', whole: '全图', which: '流程' },
}
