"""The words that the offline embedding knows: what says nothing, what says little, what means the same.

Frozen: a change here moves texts about in the embedding's space, so it needs a new name in
``integrations.memory.embedding`` and a re-index.
"""

from __future__ import annotations

from typing import Final

# English, then Spanish, then what every program has.
_SAYS_NOTHING: Final = """
    a about all also am among an and any are as at be been between but by can could do does each for from get has have
    he her his how i if in into is it its let like may me must my need new no not of on one only or other our out over
    per shall she should so some such than that the their them then there these they this those through to under up us
    use used uses using want was we were what when where which who whose will with within without would you your
    al algo algun alguna ante antes asi aun aunque bajo cada como con contra cual cuando cuyo de del desde donde dos e
    el ella ellas ellos en entre era es esa ese eso esta estan estas este esto estos fue gran ha hacer hacia han hasta
    hay hoy la las le les lo los mas me mediante mi mis mucho muy necesito ni no nos nuestra nuestro o otra otro para
    pero por porque que quien quienes quiero se sea segun ser si sin sobre solo son su sus tal tambien tanto tener tengo
    tiene tienen toda todas todo todos tras tu un una unas uno unos usar y ya
    class cls def import none return self true false
"""
SAYS_NOTHING: Final = frozenset(_SAYS_NOTHING.split())

# What nearly every request says, whatever it is about.
_SAYS_LITTLE: Final = """
    add allow api app application aplicacion backend base based basic build complete crear create crud data database
    datos desarrollar develop endpoint fastapi django drf gestion gestionar gestione haz hazme implement implementar
    keep llevar make manage management mantener modern moderno online organise organizar organize permit plataforma
    platform postgresql program programa project python registrar request rest restful security servicio servicios
    service simple sistema site sitio sencillo software solucion sqlalchemy support system tool track control controlar
    web website
"""
SAYS_LITTLE: Final = frozenset(_SAYS_LITTLE.split())

# A line is one meaning, named by its first word. Singular, without accents.
_MEANINGS: Final = """
    account cuenta
    accounting contabilidad
    actor actress actriz
    address direccion adress
    agent agente
    album disco
    alert alerta notification notificacion aviso
    amount importe monto
    answer reply respuesta responder respond responden contestar
    appointment cita turno
    article articulo noticia news
    artist artista musico
    attendee participant asistente participante assist
    auction subasta puja bid
    author writer autor autora escritor
    available disponible availability disponibilidad
    balance saldo
    bank banco bancario banking
    board tablero
    book libro
    brand marca
    branch sucursal
    budget presupuesto
    calendar calendario agenda
    campaign campana
    candidate applicant candidato candidata aspirante
    cart carrito basket
    catalogue catalog catalogo
    category categoria
    chat conversation conversacion
    child nino hijo
    city ciudad
    clinic clinica
    code codigo
    comment comentario comentar comentan
    company organization organisation empresa organizacion compania
    contact contacto
    contract contrato
    cook cocina cocinar cooking kitchen
    country pais
    course curso asignatura materia
    customer client buyer shopper cliente comprador compradora
    date fecha
    delivery shipment shipping envio entrega enviar entregar deliver delivered
    department departamento
    device dispositivo maquina equipment
    director directora
    discount descuento
    dish plato platillo
    doctor physician medico doctora
    document doc documento
    donation donacion donate donar
    driver conductor chofer
    email mail correo
    employee worker staff empleado empleada trabajador trabajadora personal
    enrolment enrollment registration matricula inscripcion inscribir enroll
    event evento conference conferencia
    exam examen test prueba
    expense gasto
    farm granja finca
    file archivo fichero
    finance financial finanza financiero
    flight vuelo
    fleet flota
    forum foro thread hilo
    fuel combustible
    game juego
    garage taller workshop
    genre genero
    goal objetivo meta
    grade calificacion mark score puntuacion
    guest huesped invitado
    gym gimnasio
    habit habito
    health salud medical
    history historial
    hospital hospitalario
    hotel hostal
    image imagen photo picture foto fotografia
    ingredient ingrediente
    insurance seguro policy poliza
    inventory stock existencia inventario
    invoice bill billing factura facturacion facturar invoicing recibo
    item elemento
    job vacancy empleo vacante
    language idioma
    law legal abogado lawyer
    league liga
    leave vacation vacacion holiday permiso
    lesson leccion clase
    level nivel
    library biblioteca
    line linea
    list lista listing listado
    loan prestamo borrowing borrow prestado lend prestar
    maintenance mantenimiento
    match partido
    measurement medida medicion reading lectura
    medicine medicamento medication farmacia pharmacy
    member socio socia miembro afiliado
    menu carta
    message mensaje
    movement movimiento
    movie film pelicula cinema cine
    music musica
    name nombre
    note nota
    number numero
    office oficina
    order purchase pedido orden compra comanda
    owner dueno duena propietario propietaria
    parcel package paquete
    parking aparcamiento estacionamiento
    patient paciente
    payment pago pay pagar cobro
    payroll nomina salary salario sueldo
    permission permiso
    person persona people gente
    pet mascota
    phone telefono
    player jugador jugadora
    playlist reproduccion
    podcast episode episodio
    post publicacion entrada
    prescription receta_medica
    price precio cost costo coste
    priority prioridad
    product producto
    property estate inmueble propiedad inmobiliaria apartment apartamento vivienda housing
    proyecto
    publish publicar publica publican
    publisher editorial
    quantity cantidad
    question pregunta
    quiz cuestionario
    rating review valoracion resena opinion
    reader lector lectora
    recipe receta
    rent rental alquiler alquilar renta
    report informe reporte
    reservation booking reserva reservacion reserve reservan reservar
    restaurant restaurante
    result resultado
    role rol
    room habitacion sala
    route ruta
    sale venta sell vender seller vendedor
    schedule horario programar
    school escuela colegio
    season temporada
    sensor telemetry telemetria
    session sesion
    shop store tienda comercio ecommerce
    song cancion
    speaker ponente
    sport deporte deportivo deportiva
    state status estado
    student pupil estudiante alumno alumna
    subscription membership suscripcion membresia
    supplier vendor proveedor proveedora
    survey poll encuesta
    table mesa
    tag label etiqueta
    task tarea pendiente
    tax impuesto
    teacher instructor professor profesor profesora docente maestro
    team equipo
    ticket issue incident incidencia tique
    time hora tiempo
    title titulo
    tournament torneo
    trainer entrenador coach
    transaction transaccion
    travel trip viaje journey
    university universidad
    user usuario usuaria
    vaccine vacuna vaccination vacunacion
    vehicle car vehiculo coche carro auto automovil
    venue recinto lugar sede place
    veterinarian vet veterinario veterinaria veterinary
    visit visita
    volunteer voluntario
    warehouse almacen deposito
    water agua
    weather clima meteorologico
    workout exercise entrenamiento rutina ejercicio
    year ano anio
"""
MEANING: Final = {word: line.split()[0] for line in _MEANINGS.strip().splitlines() for word in line.split()}
