// Words of dossiers, parties, checks, exports, experts and the draws of evaluations.
export default {
  dossiers: {
    title: '案卷', intro: '归档封存的案卷。档号须写完整;查阅先申请,借阅到档案室办理。', nothing: '没有符合条件的案卷。案件归档后案卷列在这里;档号须写完整。', find: '档号;待归档的可填案号、当事人', anyState: '全部案卷', mine: '我的查阅', uses: '利用办理', statistics: '案卷统计',
    state: { waiting: '待归档', kept: '在库', lent: '借出', destroyed: '已登记销毁', due: '本年底前期满' },
    archiveNo: '档号', year: '归档年度', pages: '页数', term: '保管期限', termWhy: '期限待核定的原因', permanent: '永久', unsettled: '待核定', until: '{years}年,至 {day}', location: '存放位置', holder: '借阅人', heldBy: '{name},应于 {day} 前归还', procedure: '程序', part: '归档次数',
    partOf: '第 {n} 次:{reason}', volume: '案卷', size: '{pages} 页,{files} 个文件', sealedAt: '封存时间', keys: '签名公钥指纹', days: '天数', purpose: '事由', ask: '申请查阅', askText: '由他人审批;同意后在查阅期内阅读,每页有您的姓名和时间。', whichVolumes: '查阅哪些卷',
    lend: '借出', lendText: '登记后案卷为借出,未还的不能再借;逾期未还的在“利用办理”中列出。', reader: '借阅人', who: '利用人', takeBack: '收回', takeBackText: '清点后收回。', note: '清点情况', noteHint: '不填为“清点无误”', place: '登记存放位置', locationHint: '库房、架、盒,如:二号库房 3 架 12 盒', retention: '核定保管期限',
    retentionText: '年限或者永久,二者择一。核定后只能延长。', years: '年限', yearsHint: '永久的不填', packageName: '卷宗-{no}-{n}.zip', verify: '核验', package: '下载数据包', overdueBy: '{name} 借阅已逾期(应于 {day} 前归还),请催还。', whole: '核验通过:案卷完整,与封存时一致', broken: '核验不通过:{n} 处不符',
    checked: '{at} 核验 {files} 个文件、{signatures} 个签名。', brokenHelp: '请保全现场,通知运维人员由备份恢复,并报告机构负责人。', pagesOf: '{n} 页', inside: '不对外', read: '阅读', unbound: '没有装订成册的 PDF,请在数据包中查阅。', noCatalogue: '目录不在您可以查阅的范围内,或是旧格式案卷没有逐项目录。',
    paper: '材料名称', docNo: '文号', dated: '日期', pageNo: '页号', fromTo: '{first}–{last}', missing: '没有装订进册的材料({n})', usesOf: '利用情况', past: '案卷的经历', reading: '共 {n} 页。每页有阅读人和时间,阅读记入案卷的经历。',
    event: { sealed: '封存', asked: '申请查阅', granted: '同意查阅', refused: '不同意查阅', ended: '终止查阅', read: '阅读', lent: '借出', returned: '归还', placed: '存放', retention: '核定期限', supplemented: '同意补充归档', supplement_asked: '提出补充归档', supplement_refused: '不同意补充归档', exported: '下载数据包', listed: '列入处置清单', disposed: '处置', verified: '核验' },
    usesText: '申请、查阅、借阅和异地调阅。不能审批自己的申请。', noUses: '没有符合条件的利用记录。有人申请查阅、借阅后列在这里,由您审批。', onlyOverdue: '只看逾期未还', way: '方式', askedAt: '申请时间', dueAt: '到期', overdue: '逾期(应于 {day} 还)', useKind: { read: '查阅', lend: '借阅', remote: '异地调阅' }, useState: { asked: '待审批', granted: '查阅期内', refused: '不同意', lent: '借出', ended: '已结束' },
    grant: '同意', refuse: '不同意', end: '终止', endText: '查阅期未满而终止,此后不能再读。', noneMine: '您没有申请过查阅,也没有借过案卷。需要时在“案卷”里找到案卷,点“申请查阅”。', afar: '申请异地调阅', afarText: '按档号向其他机构申请;同意后由本机构阅读,只能看可对外的卷。', afarDone: '已申请,对方同意后在本页阅读', afarAgency: '对方机构', requests: '我向其他机构的申请', requestOf: '向{owner}申请调阅案卷 {no}', requestState: { asked: '待对方审批', granted: '已同意', refused: '不同意', ended: '已结束', expired: '已过期' }, supplement: '补充归档', supplementText: '已封存的案卷不变;由另一人审批,同意后材料成为证据,另行封存为下一部分。', supplementFile: '补充的材料', supplementAsked: '已提出,请等待另一人审批', supplements: '补充归档', supplementBy: '{name} {at} 提出', supplementState: { asked: '待审批', accepted: '已同意', refused: '不同意' }, decidedBy: '{name} {at}', parts: '各次封存', partNo: '第 {n} 部分', thisPart: '本页',
    remote: '其他机构同意阅读的案卷', readUntil: '至 {day}', readVolume: '阅读{name}', count: { dossiers: '案卷', pages: '页数', permanent: '永久', lent: '借出', destroyed: '已销毁', reads: '查阅次数', loans: '借阅次数', remote: '异地调阅次数' },
  },
  disposals: {
    title: '处置清单', intro: '保管期满的案卷经鉴定销毁或者延长保管;由制作人以外的两人先后同意。', nothing: '没有处置清单。有案卷保管期满时点“制作清单”,列入期满的案卷。', kindOf: '处置方式', kind: { destroy: '销毁', prolong: '延长保管 {n} 年' }, prolong: '延长保管', count: '案卷数', reason: '鉴定意见', made: '制作', half: '已有一人同意', state: { open: '待审批', approved: '已同意', refused: '已退回' },
    make: '制作清单', makeText: '只能列入期限已核定并已届满、在库的案卷。', years: '延长年数', yearsHint: '销毁的不填', which: '案卷', nothingDue: '本年底前没有期满的案卷,不能制作清单。', dueOn: '期满 {day}', dueDay: '期满日', first: '第一人同意', second: '第二人同意', refused: '退回', approve: '同意', approveText: { destroy: '同意销毁 {n} 份案卷。销毁只作登记,不删除任何文件;两人都同意后生效。', prolong: '同意延长 {n} 份案卷的保管期限;两人都同意后生效。' },
    refuse: '退回', refuseText: '清单作废,其中案卷可另行鉴定。', another: '您制作了这份清单或者已经同意,须由另一名有权审批的人员办理。', items: '清单中的案卷', named: '{kind}:{n} 份',
  },
  parties: {
    title: '当事人', intro: '按完整的名称或号码查找;送达地址、代理人、重复登记的合并在当事人页。', nothing: '没有找到当事人。名称、号码须写完整,只含本人数据范围内的当事人。', way: { name: '姓名或单位名称', identity: '身份证号或信用代码' }, type: { person: '个人', organization: '单位' }, identity: '证件号码', add: '登记业户',
    personal: '个人信息', unmask: '查看原文', unmaskText: '理由与当事人一同留存,并记入审计。', unmasked: '已显示原文', addresses: '送达地址', noAddresses: '还没有确认过送达地址。', addAddress: '登记送达地址', addressText: '须有送达地址确认书或扫描件;原来的地址随之终止。办理送达时据此预填。', receiver: '收件人', relation: '与当事人关系', post: '邮寄地址及邮编',
    electronic: '同意电子送达', electronicHint: '同意电子送达的,手机号、微信号、邮箱、传真至少填一项', mobile: '手机号', wechat: '微信号', email: '邮箱', fax: '传真', paper: '来源文书', scan: '来源扫描件', sourceHint: '来源文书、来源扫描件至少选一项;没有可选的,先在案件中登记', end: '终止', endText: '登记留存,写明终止原因。',
    inForce: '有效', over: '已失效', byWire: '同意电子送达', noWire: '未同意电子送达', confirmed: '{at} 登记', endedOn: '{day} 终止:{why}', agents: '代理人', noAgents: '没有代理人。', addAgent: '登记代理人', agentText: '写明权限和期限;须有授权委托书或扫描件。', agentRelation: '与当事人关系', agentRelationHint: '如 委托代理人、法定代理人', special: '特别授权', general: '一般授权', scope: '代理权限(逐项写明)',
    onlyCase: '只限这件案件', onlyCaseHint: '不选为该当事人的全部案件', oneCase: '只限一案', duplicates: '疑似重复的登记({n})', why: { identity: '证件号码相同', name_phone: '名称和电话相同' }, merge: '并入本条', mergeText: '合并后按本条查到两条登记的案件。', mergeKept: '保留:本条,{n} 件案件;“{name}”那一条不再单独列出', mergeCases: '并入:{name},{n} 件案件一并查到,各案自己的登记和文书不变',
    mergeBelongs: '并入的一条名下有 {n} 个车辆、船舶、从业人员,登记不变', mergeUndo: '合并可以撤销,经过留存', merges: '合并经过', mergedBy: '{by} {at} 合并:{reason}', other: '另一条登记', undone: '{by} {at} 撤销:{reason}', undo: '撤销合并', undoText: '恢复为两条;合并和撤销的经过都留存。', mergedInto: '这一条已并入另一条登记。', toKept: '查看保留的一条',
    age: '今天 {n} 周岁', ageMinor: '今天 {n} 周岁,未成年:请通知法定代理人到场', ageUnpunished: '今天 {n} 周岁,未达处罚年龄:不予处罚,责令监护人管教',
  },
  checks: {
    title: '查验许可', intro: '立案前或办案中查验车辆、业户、人员、船舶、工程。结果连同时间、来源、散列留存,不再改动。', forCase: '结果同时作为本案的电子数据证据。', kindOf: '查验对象', number: '号码', numberOf: { vehicle: '车牌号', party: '统一社会信用代码', practitioner: '从业资格证号', ship: 'MMSI 或 IMO 编号', project: '项目编号' }, run: '查验',
    outcomeOf: '结果', outcome: { found: '查到', not_found: '登记簿中没有', unavailable: '对方系统不可用' }, help: { not_found: '该登记簿中没有这个号码,不等于没有许可。请核对号码和颜色,或向发证机关核实。', unavailable: '对方系统没有应答。请稍后再查,或向发证机关核实;此次查验也已留存。' }, at: '查验时间', source: '来源', by: '查验人', inspections: '本年度检查次数', named: '查验:{name}', unchanged: '散列一致,查验后没有改动。', changed: '散列不一致:查验后被改动,不能作为证据,请报告。',
    inCase: '已作为证据入卷:', toObject: '查看对象全貌', noPermits: '登记簿中没有它的许可。不等于没有许可,请向发证机关核实。', permit: '许可', validity: '有效期', noStart: '未载明', of: '持有人', ofWhom: { object: '本对象', owner: '所属业户' }, until: '至 {day}', put: '登记许可', putText: '同一种类和证号只有一条,变动留存。', permitKind: '许可种类',
    kind: { road_business: '道路运输经营许可', vehicle_transport: '道路运输证', oversize: '超限运输许可', practitioner: '从业资格证', waterway_business: '水路运输经营许可', ship_business: '船舶营业运输证', port_business: '港口经营许可', road_works: '涉路施工许可', other: '其他' }, status: { valid: '有效', suspended: '暂扣', revoked: '吊销', cancelled: '注销' },
    from: '有效期自', to: '有效期至', scope: '许可范围', issuer: '发证机关', sourceHint: '如 道路运政系统、许可证原件', checkThis: '查验', inRelated: '查验车辆、业户许可(入本案证据)',
  },
  exports: {
    title: '清单导出', button: '导出', list: '清单', lists: { cases: '案件', tasks: '待办任务', clues: '线索', parties: '当事人', vehicles: '车辆', property: '涉案财物', money: '罚没款凭证', dossiers: '案卷', alerts: '预警', inspections: '检查', certificates: '执法人员和证件' }, intro: '批量导出案件和各登记簿的清单:写明用途,由另一人批准,七日内由申请人下载;每份有水印,每次下载都记入审计。', nothing: '没有导出申请。点“导出”选清单、写明用途,由另一人批准后下载。', purpose: '用途', what: '范围', personal: '个人信息', inClear: '不遮盖', masked: '遮盖', by: '申请', decided: '批准', validUntil: '可下载至', over: '批准已过期', state: { requested: '待批准', approved: '已批准', refused: '未批准' },
    ask: '申请导出', askText: '按登记时间导出一个门类的清单,至多一年、两万行;须有查看该登记簿的权限。须由另一人批准。', asked: '已申请,请等待另一人批准', since: '登记时间自', until: '登记时间至', statusHint: '只用于案件;不选为全部状态', purposeHint: '印在每份导出件上', plain: '个人信息不遮盖(须说明必要性)', approveText: '批准后申请人七日内可以下载,每份有水印。', approvePlain: '这份导出含未遮盖的个人信息。批准后申请人七日内可以下载,每份有水印。',
    fileOf: '{list}清单', fetched: '已下载,首行为水印;请按用途使用',
  },
  experts: { title: '专家名录', intro: '检查抽取时从名录中随机选派专家。', nothing: '没有符合条件的专家。点“登记专家”录入,检查抽取时从中选派。', find: '姓名、单位或专业领域的开头', organisation: '单位', field: '专业领域', since: '登记日期', active: '在册', gone: '已退出', add: '登记专家', addText: '同一姓名和单位只有一条;再次登记的更新专业领域。' },
  preview: { open: '预览文书', which: '哪一份文书', again: '刷新', text: '按现在所填内容排出,尚未编号、签发;版面以签发的为准。', missing: '还缺 {n} 项,已在文中标出' },
  lookup: { filled: '已填入{names},请核对', find: { party: '完整的姓名、单位名称或证件号', vehicle: '完整的车牌号' }, empty: '请先填写要查找的内容', nothing: { party: '登记簿中没有。请核对全称或号码;下面各栏可以填写的直接填写,不能填写的先在“当事人”中登记', vehicle: '登记簿中没有。请核对车牌号;下面各栏可以填写的直接填写,不能填写的先在“监管对象”中登记' } },
  drawn: {
    of: { case: '抽取的案卷({n})', officer: '抽取的人员({n})' }, file: { case: '案卷抽取记录', officer: '人员抽取记录' }, agrees: '重抽一致', differs: '重抽不一致', help: '按记载的种子和范围重抽,结果与登记的不同:记录被改动,请停止使用并报告。', outside: '(不在本人数据范围内)', proof: '种子和范围', range: '抽取范围', rangeOf: '{pool} 项中抽 {wanted} 项', rangeHash: '范围的 SM3', method: '每一项的次序是 SM3(种子、用途、该项),由小到大;持有记录的人都可以重抽。',
  },
}
