#!/usr/bin/env bash
# environment.sh PYTHON WORK: makes /opt/smsherald of WORK/wheels and WORK/wheel, and of it what
# completes its command in shells, and its manual page; scripts/deb runs it where WORK/root/opt may be /opt.
set -euo pipefail
python=$1 work=$2 sources=$PWD/packaging/debian

mount --bind "$work/root/opt" /opt
"$python" -m venv --without-pip /opt/smsherald
# By its name, and from nowhere else: what is installed by a path writes that path down.
install() {
    PIP_CONFIG_FILE=/dev/null "$work/tools/bin/python" -m pip --isolated --quiet --no-input \
        --disable-pip-version-check --python /opt/smsherald/bin/python3 \
        install --no-index --no-deps --no-compile --root-user-action ignore "$@"
}
install --find-links "$work/wheels" --require-hashes --requirement requirements.txt
install --find-links "$work/wheel" smsherald

cd /opt/smsherald
# What an environment is activated with, the commands of other packages, and headers: unused.
find bin -mindepth 1 ! -name 'python*' ! -name smsherald -delete
rm -rf include .gitignore
find lib -name '*.so*' -type f -exec chmod 644 {} +
# Nobody may write there later on: all is compiled now, and never looked at again.
# But of Twilio's products only the one that the daemon loads: the others are 24 MB.
/opt/smsherald/bin/python3 -m compileall -q -f --invalidation-mode unchecked-hash \
    -x 'twilio/rest/(?!api/|__init__)' lib

mkdir "$work/completion"
for shell in bash zsh fish; do
    _SMSHERALD_COMPLETE=source_$shell /opt/smsherald/bin/smsherald >"$work/completion/$shell"
done
# zsh reads the file when it is first asked, and wants the answer at once.
printf '_smsherald_completion\n' >>"$work/completion/zsh"
/opt/smsherald/bin/python3 "$sources/manpage.py" | gzip -9n >"$work/smsherald.1.gz"
