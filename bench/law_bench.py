"""Search in a law base of 50,000 articles of generated text, as an ordinary officer, through the function that the API uses."""

from __future__ import annotations

import random
from datetime import date

import psycopg

from bench.lists_bench import p95
from bench.node import bench_site, superuser
from engine import law
from engine.rulebook.lawbase import term_counts
from kernel.work import Work, system_person
from registers import law as register

WORDS = [
    "车辆",
    "船舶",
    "运输",
    "经营",
    "许可",
    "证件",
    "驾驶员",
    "载客",
    "超限",
    "超载",
    "公路",
    "桥梁",
    "隧道",
    "港口",
    "航道",
    "码头",
    "危险货物",
    "安全",
    "管理",
    "机构",
    "行政",
    "处罚",
    "罚款",
    "责令",
    "改正",
    "停业",
    "整顿",
    "吊销",
    "检查",
    "监督",
    "登记",
    "申请",
    "期限",
    "工作日",
    "送达",
    "听证",
    "当事人",
    "陈述",
    "申辩",
    "证据",
    "扣押",
    "查封",
    "强制",
    "执行",
    "滞纳金",
    "复议",
    "诉讼",
    "违法所得",
    "情节严重",
    "从轻",
    "减轻",
    "没收",
    "备案",
    "公示",
    "培训",
    "检测",
    "维修",
    "出租汽车",
    "网络预约",
    "客运站",
    "班线",
    "包车",
    "道路",
    "建设",
    "工程",
    "质量",
    "施工",
    "监理",
    "收费",
    "路政",
    "超长",
    "超宽",
    "超高",
    "护栏",
    "标志",
    "标线",
    "绿化",
    "铁路",
    "轨道交通",
    "水路",
    "引航",
    "拖带",
    "打捞",
    "污染",
    "防治",
]


def text(rnd: random.Random) -> str:
    """An article of 25 to 60 words."""
    return "".join(rnd.choices(WORDS, weights=[1 / (1 + n) ** 0.5 for n in range(len(WORDS))], k=rnd.randrange(25, 60)))


def run(count: int = 50_000) -> dict[str, float]:
    """law_search_p95_ms: the worst over rare words, common words, a sentence, a citation."""
    rnd = random.Random(11)
    per_law = 250
    with bench_site() as site:
        work = Work(site.node, system_person(440000, "01"))
        texts = [text(rnd) for _ in range(count)]
        for start in range(0, count, per_law):
            articles = [
                {
                    "no": str(n + 1),
                    "text": t,
                    "mark": "K",
                    "valid_from": date(2020, 1, 1),
                    "valid_to": None,
                    "terms": term_counts(t),
                }
                for n, t in enumerate(texts[start : start + per_law])
            ]
            id_ = f"generated_{start}"
            row = {
                "id": id_,
                "name": f"生成法规{start}",
                "full_name": f"生成法规{start}",
                "kind": "law",
                "aliases": [],
                "versions": [],
                "source_hash": id_,
            }
            with work.transaction():
                register.put_law(work, row, articles)
        with work.transaction():
            register.count_terms(work)
        # The state an hour after an import: autovacuum has been there.
        with psycopg.connect(superuser(site.node), autocommit=True) as connection:
            connection.execute("vacuum (analyze) law, law_article, law_term, law_term_count")
        officer = site.person("officer_1")
        queries = {
            "rare": lambda: rnd.choice(WORDS[-12:]) + rnd.choice(WORDS[-12:]),
            "common": lambda: rnd.choice(WORDS[:12]) + " " + rnd.choice(WORDS[:12]),
            "sentence": lambda: rnd.choice(texts)[:24],
            "citation": lambda: f"行政处罚法第{rnd.randrange(1, 86)}条",
        }
        figures = {}
        for name, query in queries.items():
            figures[name] = p95(lambda q=query: law.search(Work(site.node, officer), q()), 60)  # type: ignore[misc]
            print(f"  {name:10} {figures[name]:8.2f} ms")
        return {"law_search_p95_ms": round(max(figures.values()), 2)}


if __name__ == "__main__":
    print(run())
