"""Entities of clinics, animals and schools."""

from __future__ import annotations

from integrations.llm.offline.library.notation import entity

CARE_AND_SCHOOL = [
    entity(
        "Patient",
        "patient; paciente",
        "Somebody who is treated",
        "name: string(100); email: email unique; phone: string(30) optional; birth_date: date",
    ),
    entity(
        "Doctor",
        "doctor; physician; dentist; medico; doctora; dentista",
        "Somebody who treats patients",
        "name: string(100); specialty: string(100); email: email unique",
    ),
    entity(
        "Appointment",
        "appointment; cita; cita medica; turno; medical appointment",
        "A time at which people meet",
        "starts_at: datetime; ends_at: datetime optional; reason: string(300) optional; "
        "status: choice scheduled|done|cancelled = scheduled",
        "patient -> Patient; doctor -> Doctor; customer -> Customer; pet -> Pet; veterinarian -> Veterinarian; "
        "employee -> Employee optional; client -> Client; service -> Service optional",
    ),
    entity(
        "Prescription",
        "prescription; receta medica",
        "A medicine that a doctor ordered",
        "medicine: string(200); dosage: string(200); issued_on: date",
        "patient -> Patient; doctor -> Doctor",
    ),
    entity(
        "Pet",
        "pet; mascota",
        "An animal that lives with people",
        "name: string(100); species: string(60); birth_date: date optional",
        "owner -> Owner; customer -> Customer; user -> User",
    ),
    entity(
        "Owner",
        "owner; dueno; duena; propietario",
        "Somebody to whom something belongs",
        "name: string(100); email: email unique; phone: string(30) optional",
    ),
    entity(
        "Veterinarian",
        "veterinarian; vet; veterinario; veterinaria",
        "Somebody who treats animals",
        "name: string(100); email: email unique",
    ),
    entity(
        "Course",
        "course; curso; asignatura; materia",
        "Something that is taught",
        "name: string(150); code: string(20) unique; description: text optional; credits: integer min 0 = 0",
        "teacher -> Teacher",
    ),
    entity(
        "Student",
        "student; pupil; estudiante; alumno; alumna",
        "Somebody who learns",
        "name: string(100); email: email unique; birth_date: date optional",
    ),
    entity(
        "Teacher",
        "teacher; instructor; professor; trainer; profesor; profesora; docente; maestro; entrenador",
        "Somebody who teaches",
        "name: string(100); email: email unique; specialty: string(100) optional",
    ),
    entity(
        "Enrollment",
        "enrollment; enrolment; registration; matricula; inscripcion",
        "That somebody takes part in something",
        "enrolled_on: date; status: choice active|finished|dropped = active",
        "student -> Student; course -> Course; lesson -> Lesson; attendee -> Attendee; event -> Event; "
        "member -> Member",
    ),
    entity(
        "Grade",
        "grade; calificacion",
        "How well something was done",
        "score: decimal min 0; graded_on: date; remarks: text optional",
        "student -> Student; course -> Course; enrollment -> Enrollment",
    ),
    entity(
        "Lesson",
        "lesson; class; leccion; clase",
        "One meeting at which something is taught",
        "title: string(200); starts_at: datetime; capacity: integer min 1 = 20",
        "course -> Course; teacher -> Teacher",
    ),
]
