#!/bin/sh
# Brings the system packages that the product uses when present: LibreOffice (PDF), Chinese fonts, Chromium (browser
# tests), poppler (looking at PDFs), mosquitto (a real MQTT broker for tests). Without root or sudo the product runs and says what is off; with --need-all
# (make test) it stops with one sentence instead.
set -u
have() { command -v "$1" >/dev/null 2>&1; }
missing=""
have soffice || missing="$missing libreoffice-writer-nogui"
/usr/bin/python3 -c "import uno" 2>/dev/null || missing="$missing python3-uno"
ls /usr/share/fonts/opentype/noto/NotoSerifCJK* >/dev/null 2>&1 || missing="$missing fonts-noto-cjk"
if [ "${1:-}" = "--need-all" ]; then
  have chromium-headless-shell || have chromium || missing="$missing chromium-headless-shell"
  have pdftotext || missing="$missing poppler-utils"
  { have mosquitto || [ -x /usr/sbin/mosquitto ]; } || missing="$missing mosquitto"
fi
[ -z "$missing" ] && exit 0
sudo=""
[ "$(id -u)" = 0 ] || sudo="sudo -n"
if have apt-get && $sudo true 2>/dev/null; then
  echo "安装系统软件包:$missing" >&2
  # shellcheck disable=SC2086
  { $sudo apt-get -qq update && DEBIAN_FRONTEND=noninteractive $sudo apt-get -qq install -y --no-install-recommends $missing; } >/dev/null 2>&1 && exit 0
fi
if [ "${1:-}" = "--need-all" ]; then
  echo "缺少系统软件包:$missing;请以 root 运行 apt-get install$missing 后重试。" >&2
  exit 1
fi
echo "缺少系统软件包:$missing;系统照常运行,但相应功能(PDF 转换、字体)关闭。" >&2
