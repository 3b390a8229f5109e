# Airflow, the DAGs and the pipeline in one image, with the driver that a PostgreSQL ledger needs.
FROM python:3.12-slim

WORKDIR /opt/collate
COPY requirements.txt requirements-server.txt ./
RUN pip install --no-cache-dir --require-hashes --requirement requirements.txt \
    && pip install --no-cache-dir --require-hashes --requirement requirements-server.txt
COPY . .
RUN pip install --no-cache-dir --no-index --no-deps --no-build-isolation --editable . \
    && useradd --uid 1000 --create-home collate \
    && install --directory --owner collate /var/lib/collate

USER collate
ENV COLLATE_HOME=/var/lib/collate \
    AIRFLOW_HOME=/var/lib/collate/airflow \
    AIRFLOW__CORE__DAGS_FOLDER=/opt/collate/dags \
    AIRFLOW__CORE__LOAD_EXAMPLES=False
VOLUME /var/lib/collate
CMD ["airflow", "version"]
