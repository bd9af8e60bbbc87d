"""What each setting is for, in both languages: comments of a new amuna.toml, and the dashboard's page of settings."""

from __future__ import annotations

from amuna.domain.text import Text

EXPLAINED = {
    "store.path": Text(
        "Archivo del almacén, con ruta relativa al espacio de trabajo.",
        "The embedded store, relative to the workspace.",
    ),
    "store.url": Text(
        "Base de datos PostgreSQL que sirve de almacén en lugar de store.path: vea docs/postgres.md; ${NOMBRE} se toma de la variable de entorno.",
        "PostgreSQL database that is the store, in place of store.path: see docs/postgres.md; ${NAME} is filled from the environment.",
    ),
    "store.memory": Text(
        "Memoria que el almacén puede usar antes de recurrir al disco.",
        "Memory the store may use before it spills to disk.",
    ),
    "utility.name": Text("Nombre que aparece en los informes.", "Name shown on reports."),
    "utility.time_zone": Text(
        "Zona horaria IANA del día de facturación.", "IANA time zone of the billing day."
    ),
    "utility.country": Text(
        "País cuyos feriados siguen las zonas: dos letras de ISO 3166, como PE o IT.",
        "Country whose holidays zones follow: two letters of ISO 3166, such as PE or IT.",
    ),
    "utility.region": Text(
        "Región con feriados propios, con el código que le da la biblioteca holidays de Python; vacío si no hay.",
        "Region with holidays of its own, as the Python library holidays codes it; empty for none.",
    ),
    "utility.unit": Text(
        "Unidad de los volúmenes en archivos que no la dicen; vacío para litros en archivos con las columnas ConsumptionDate, AccountOID y Consumption.",
        "Unit of volumes in files that do not say; empty for litres in files with the columns ConsumptionDate, AccountOID, Consumption.",
    ),
    "ingest.max_daily_m3": Text(
        "Mayor consumo posible de una cuenta en un día [m³]; lo que lo supera se rechaza.",
        "Largest consumption of an account in a day [m³]; more is refused.",
    ),
    "ingest.jump_ratio": Text(
        "Cuántas veces la mediana de la cuenta puede valer un día de más de 1,000 m³; si vale más, se rechaza.",
        "A day above 1,000 m³ and above this many times the account's median is refused.",
    ),
    "ingest.future_hours": Text(
        "Cuánto puede adelantarse un reloj [horas]; las lecturas con hora posterior se rechazan.",
        "How far a clock may run ahead [hours]; later times are refused.",
    ),
    "ingest.min_coverage": Text(
        "Parte del día que deben cubrir las lecturas del medidor, de 0 a 1; los demás días se marcan como parciales y no se usan para entrenar.",
        "Share of a day that register readings must cover; other days are flagged partial and not trained on.",
    ),
    "forecast.horizon": Text(
        "Días hacia adelante que se pronostican y que se juzgan en las pruebas con el pasado [días].",
        "Days ahead that are forecast, and judged in backtests [days].",
    ),
    "forecast.billing_days": Text(
        "Duración del periodo de facturación cuyo total se pronostica [días].",
        "Length of the billing period whose total is forecast [days].",
    ),
    "forecast.keep_days": Text(
        "Los pronósticos hechos hace más tiempo se eliminan; sus errores medidos se conservan [días].",
        "Forecasts made longer ago are removed; their scores stay [days].",
    ),
    "train.folds": Text(
        "Cantidad de cortes de la prueba con el pasado, separados por un horizonte.",
        "Cutoffs of the rolling-origin backtest, one horizon apart.",
    ),
    "train.origins": Text(
        "Cantidad de cortes del pasado cuyos residuos calibran los intervalos.",
        "Past cutoffs whose residuals calibrate the intervals.",
    ),
    "train.margin": Text(
        "Proporción en que un modelo debe superar a la combinación para ser el elegido; de 0 a 1.",
        "Share by which a model must beat the combination to become champion.",
    ),
    "train.window": Text(
        "Historia más larga con la que se ajusta un modelo [días].",
        "Longest history a model is fitted to [days].",
    ),
    "train.workers": Text("Hilos de cálculo; 0 para uno por núcleo.", "Threads; 0 for one per core."),
    "train.slab": Text(
        "Cuentas que se calculan y se guardan a la vez; limita la memoria.",
        "Accounts computed and committed at a time; bounds memory.",
    ),
    "train.failed_share": Text(
        "El entrenamiento falla cuando más de esta proporción de cuentas obtuvo solo un modelo de respaldo; de 0 a 1.",
        "Training fails when more than this share of accounts got only a fallback; 0 to 1.",
    ),
    "weather.url": Text(
        "Servidor del pronóstico del clima, con la forma de la API de Open-Meteo.",
        "Server of the forecast, in the shape of Open-Meteo's API.",
    ),
    "weather.archive_url": Text(
        "Servidor del clima de hace más de 92 días.", "Server of weather that is further back than 92 days."
    ),
    "weather.fresh_minutes": Text(
        "Tiempo durante el cual no se vuelve a pedir un pronóstico del clima [minutos].",
        "A forecast is not fetched again within this time [minutes].",
    ),
    "weather.timeout_s": Text(
        "Espera máxima por el servidor del clima [segundos].",
        "Longest wait for the weather server [seconds].",
    ),
    "weather.attempts": Text(
        "Intentos antes de dar por ausente al servidor del clima.",
        "Tries before the weather server counts as away.",
    ),
    "registry.enabled": Text(
        "Si los entrenamientos se guardan también en MLflow: on (sí), off (no), o auto (donde esté instalado).",
        "Whether trainings are kept in MLflow too: on, off, or auto where it is installed.",
    ),
    "registry.url": Text(
        "Base de datos de MLflow: SQLite en el espacio de trabajo, o PostgreSQL; ${NOMBRE} se toma de la variable de entorno.",
        "MLflow's database: SQLite in the workspace, or PostgreSQL; ${NAME} is filled from the environment.",
    ),
    "registry.artefacts": Text(
        "Carpeta de los artefactos de MLflow, con ruta relativa al espacio de trabajo.",
        "Folder of MLflow's artefacts, relative to the workspace.",
    ),
    "registry.name": Text("Nombre del modelo registrado.", "Name of the registered model."),
    "registry.zones_name": Text(
        "Nombre del modelo registrado de las zonas.", "Name of the registered model of the zones."
    ),
    "serve.host": Text(
        "Dirección en la que atiende amuna serve; 0.0.0.0 para todas las redes.",
        "Address amuna serve listens on; 0.0.0.0 for every network.",
    ),
    "serve.port": Text(
        "Puerto en el que atiende amuna serve; 0 para cualquiera que esté libre.",
        "Port amuna serve listens on; 0 for any that is free.",
    ),
    "serve.certificate": Text(
        "Archivo PEM del certificado, para HTTPS; vacío para HTTP simple, detrás de un proxy o en esta máquina.",
        "PEM file of the certificate, for HTTPS; empty for plain HTTP behind a proxy or on this machine.",
    ),
    "serve.key": Text(
        "Archivo PEM de la clave privada del certificado.", "PEM file of the certificate's key."
    ),
    "serve.proxies": Text(
        "Proxies inversos delante de amuna serve, en cuyas cabeceras X-Forwarded se confía; 0 si no hay.",
        "Reverse proxies in front of amuna serve, whose X-Forwarded headers are believed; 0 for none.",
    ),
    "serve.rate_limit": Text(
        "Solicitudes que un cliente puede hacer en un minuto; los usuarios de la empresa no tienen límite; 0 para que nadie lo tenga.",
        "Requests a customer may make in a minute; the utility's own users have no limit; 0 for no limit at all.",
    ),
    "serve.delivery_mb": Text(
        "Mayor tamaño de las lecturas que un programa puede entregar de una vez [MB]; vea docs/api.md.",
        "Largest body of readings that a program may hand in at once [MB]; see docs/api.md.",
    ),
    "serve.upload_mb": Text(
        "Archivo más grande que recibe la página Datos [MB].",
        "Largest file that the Data page of the dashboard takes [MB].",
    ),
    "serve.oidc_issuer": Text(
        "Proveedor OpenID con cuyas cuentas se puede ingresar, si un usuario tiene el mismo correo; vacío si no hay.",
        "OpenID provider whose accounts may sign in, where a user has their e-mail; empty for none.",
    ),
    "serve.oidc_client": Text(
        "Nombre con el que el proveedor OpenID conoce a este programa.",
        "Name that the OpenID provider knows this program by.",
    ),
    "serve.oidc_secret": Text(
        "Clave secreta de ese nombre; ${NOMBRE} se toma de la variable de entorno.",
        "Secret of that name; ${NAME} is filled from the environment.",
    ),
    "schedule.daily": Text(
        "Hora local a la que amuna serve carga datos, actualiza, evalúa, reajusta y promueve modelos; vacío para nunca.",
        "Local time at which amuna serve ingests, updates, evaluates, refits and promotes; empty for never.",
    ),
    "schedule.weekly": Text(
        'Día y hora local en que amuna serve entrena los modelos de todas las cuentas, como "sun 04:30" (domingo); vacío para nunca. '
        "Un entrenamiento pone fin a toda competencia entre modelos, así que elija un solo ritmo: docs/lifecycle.md.",
        'Local day and time at which amuna serve trains the whole fleet, such as "sun 04:30"; empty for never. '
        "A training ends all contests of refits, so choose one rhythm: docs/lifecycle.md.",
    ),
    "schedule.poll_s": Text(
        "Tiempo entre una revisión y otra de archivos y bases de datos por amuna serve [segundos].",
        "Time between two looks of amuna serve at files and databases [seconds].",
    ),
    "zones.models": Text(
        "Modelos que pronostican las zonas, separados por comas; vacío para los que docs/zones.md muestra como los mejores.",
        "Models that forecast zones, with commas between; empty for those that docs/zones.md shows to be best.",
    ),
    "zones.search_weeks": Text(
        "Cuánto tiempo conserva un entrenamiento la configuración de los modelos de zonas que halló con meses pasados [semanas]; 0 para usar siempre la habitual.",
        "How long a training keeps the settings of models of zones that it found on months past [weeks]; 0 for the usual ones, always.",
    ),
    "refit.every_days": Text(
        "Días entre una revisión y otra de residuos y competencias; los días intermedios son solo para actualizar [días].",
        "Days between two looks at residuals and contests; the days between are for updates alone [days].",
    ),
    "refit.false_discovery_rate": Text(
        "Proporción de los reajustes pedidos por residuos anómalos que pueden ser falsas alarmas; de 0 a 1.",
        "Share of the refits asked for by broken residuals that may be false alarms; 0 to 1.",
    ),
    "refit.max_age_days": Text(
        "Edad a la que un modelo se ajusta de nuevo, con una cuarta parte de margen [días].",
        "Age at which a model is fitted anew, give or take a quarter [days].",
    ),
    "refit.trial_days": Text(
        "Días durante los que se juzga a un modelo candidato; la mitad si gana por el doble del margen [días].",
        "Days on which a challenger is judged; half of them where it wins by twice the margin [days].",
    ),
    "refit.margin": Text(
        "Proporción en que debe bajar el residuo absoluto medio para cambiar de modelo; de 0 a 1.",
        "Share by which the mean absolute residual must be lower for models to change.",
    ),
    "billing.tariff": Text(
        "Tarifa con la que se pronostican los recibos; amuna tariffs las muestra todas.",
        "Tariff that bills are forecast with: amuna tariffs lists them.",
    ),
    "billing.first_day": Text(
        "Día del mes en que empieza el periodo de facturación.",
        "Day of the month on which a billing period begins.",
    ),
    "places": Text(
        "Lugares cuyo clima se consulta, con una sección [places.NOMBRE] cada uno: vea docs/feeds.md.",
        "Places whose weather is fetched, one section [places.NAME] each: see docs/feeds.md.",
    ),
    "tariffs": Text(
        "Tarifas además de las que vienen con Amuna, con una sección [tariffs.NOMBRE] cada una: vea docs/billing.md.",
        "Tariffs besides those that come with Amuna, one section [tariffs.NAME] each: see docs/billing.md.",
    ),
    "feeds": Text(
        "Un origen de datos dice qué significan las columnas de un archivo o una base de datos (docs/feeds.md). Se usa con: amuna ingest ARCHIVO --feed billing",
        "A feed map says what the columns of a source mean (docs/feeds.md). Use it with: amuna ingest FILE --feed billing",
    ),
}
