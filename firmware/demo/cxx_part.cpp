#include "demo.h"
#include "runtime.h"
#include "runtime_cxx.h"

namespace {

char exit_order[16];

void log_exit(char who) {
    const size_t length = strlen(exit_order);
    if (length + 1 < sizeof exit_order) exit_order[length] = who;
}

// Static objects go in the reverse order of their construction, and functions registered in between
// in their turn. The first object goes last and tells.
class First {
  public:
    First() : value_(runtime_ram_size() ? 1 : 0) {}
    ~First() {
        printf("exit order = %s\n", exit_order);
        if (strcmp(exit_order, "alb") != 0) panic("exit functions ran in the wrong order");
        puts("demo: ok");
    }
    int value() const { return value_; }

  private:
    int value_;
};

class Second {
  public:
    explicit Second(const First& first) : value_(first.value() + 1) {}
    ~Second() { log_exit('b'); }
    int value() const { return value_; }

  private:
    int value_;
};

First first;
Second second(first);

class Local {
  public:
    Local() { ++constructed; }
    ~Local() { log_exit('l'); }
    static int constructed;
};

int Local::constructed = 0;

Local& local() {
    static Local object;
    return object;
}

class Shape {
  public:
    Shape() { ++alive; }
    virtual ~Shape() { --alive; }
    virtual int corners() const = 0;
    static int alive;
};

int Shape::alive = 0;

class Triangle : public Shape {
  public:
    int corners() const override { return 3; }
};

class alignas(256) Square : public Shape {
  public:
    int corners() const override { return 4; }
};

void new_and_delete() {
    Shape* shapes[] = {new Triangle, new Square, new Triangle};
    int corners = 0;
    for (const Shape* shape : shapes) corners += shape->corners();
    printf("corners = %d\n", corners);
    printf("square aligned = %d\n", reinterpret_cast<uintptr_t>(shapes[1]) % alignof(Square) == 0);
    printf("shapes alive = %d\n", Shape::alive);
    for (Shape* shape : shapes) delete shape;
    Triangle* many = new Triangle[100];
    printf("shapes alive with an array = %d\n", Shape::alive);
    delete[] many;
    printf("shapes alive at the end = %d\n", Shape::alive);
    volatile size_t too_much = SIZE_MAX / 2;
    printf("nothrow new of too much = %d\n", new (std::nothrow) char[too_much] != nullptr);
}

}  // namespace

void cxx_part() {
    printf("static objects = %d %d\n", first.value(), second.value());
    local();
    local();
    printf("local static constructed = %d\n", Local::constructed);
    new_and_delete();
    atexit([] { log_exit('a'); });
}
